import type { CheckpointEntry, Ledger, TreeName } from '@ardoise/sequencer';

const day = 86_400_000;
/** So many days, today among them, are looked at: an authority that was away for longer gets no more of the past. */
const daysLookedAt = 7;

/** The first checkpoints of the last days (UTC) that have no timestamp yet, the oldest first. */
export async function unstamped(
  ledger: Pick<Ledger, 'firstOfDay'>,
  tree: TreeName,
  now: Date,
  isKnown: (at: Date) => boolean = () => false,
): Promise<CheckpointEntry[]> {
  const today = now.getTime() - (now.getTime() % day);
  const missing: CheckpointEntry[] = [];
  for (let back = daysLookedAt - 1; back >= 0; back--) {
    const at = new Date(today - back * day);
    if (isKnown(at)) continue;
    const entry = await ledger.firstOfDay(tree, at);
    if (entry !== undefined && entry.timestamp === undefined) missing.push(entry);
  }
  return missing;
}

/** The days that need no further look, so that a checkpoint of every second asks nothing of the database. */
export class StampedDays {
  private readonly days = new Map<string, Set<number>>();

  has({ organisation, incarnation }: TreeName, at: Date): boolean {
    return this.days.get(`${organisation}/${incarnation}`)?.has(at.getTime()) ?? false;
  }

  /** All that were looked at up to an instant: none of them lacks its timestamp any more. */
  add({ organisation, incarnation }: TreeName, now: Date): void {
    const today = now.getTime() - (now.getTime() % day);
    const days = Array.from({ length: daysLookedAt }, (_, back) => today - back * day);
    this.days.set(`${organisation}/${incarnation}`, new Set(days));
  }
}
