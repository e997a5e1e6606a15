import { eventAt, PlacementRefusedError, type StoredEvent } from '@ardoise/event-store';
import { LogCopyError } from './errors';
import { Verification, type VerificationOptions } from './verification';

const eventsAtOnce = 1_000;
const bytesAtOnce = 8 * 1024 * 1024;

export interface OrganisationCopyOptions extends VerificationOptions {
  /** Told how many events more were copied. */
  readonly copied: (events: number) => void;
}

/** One organisation's log on its way. Nothing is remembered of it but what stands at the target. */
export class OrganisationCopy {
  private readonly verification: Verification;
  /** Events that stand at the target, as far as it is known. */
  placed = 0;
  /** Whether what stands at the target was looked at before anything was put behind it. */
  private isBegun = false;

  constructor(private readonly options: OrganisationCopyOptions) {
    this.verification = new Verification(options);
  }

  /** Events that are copied and found equal. */
  get verified(): number {
    return this.verification.count;
  }

  /** Copies what the source has now, and looks at what was copied. Gives how many events that were. */
  async goOn(): Promise<number> {
    await this.verification.goOn();
    const copied = await this.copyRest();
    await this.verification.goOn();
    return copied;
  }

  /** Both logs are closed: the rest, and the whole of it verified. */
  async finish(): Promise<void> {
    await this.copyRest();
    await this.verification.finish();
  }

  private async copyRest(): Promise<number> {
    const { organisation, from, to, copied, mayGoOn } = this.options;
    let after = await to.store.head(organisation);
    // Asked for first: an engine finds out sooner where a log ends than that nothing comes after a position.
    if ((await from.store.head(organisation)) === after) return 0;
    if (after > 0n && !this.isBegun) await this.mustStand(after);
    this.isBegun = true;
    let count = 0;
    this.placed = Math.max(this.placed, this.verified);
    for (;;) {
      mayGoOn();
      const events = withinBytes(await from.store.readLog(organisation, after, eventsAtOnce));
      const last = events.at(-1);
      if (!last) return count;
      try {
        await to.place({ organisation, after, events });
      } catch (error) {
        if (error instanceof PlacementRefusedError) throw new LogCopyError('log-differs', error.message);
        throw error;
      }
      this.placed += events.length;
      copied(events.length);
      count += events.length;
      after = last.position;
    }
  }

  /** The last event of the target stands in the source as well: nothing is put behind what is of another log. */
  private async mustStand(position: bigint): Promise<void> {
    const { organisation, from, to } = this.options;
    if (await eventAt(from.store, organisation, position)) return;
    throw new LogCopyError(
      'log-differs',
      `${to.engine} ends at position ${position} of ${organisation}, where ${from.engine} has no event`,
    );
  }
}

function withinBytes(events: readonly StoredEvent[]): readonly StoredEvent[] {
  let bytes = 0;
  const beyond = events.findIndex(({ header, sections }) => (bytes += header.length + sections.length) > bytesAtOnce);
  return beyond < 0 ? events : events.slice(0, Math.max(1, beyond));
}
