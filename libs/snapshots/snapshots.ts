import { type Log, errorCode } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import type { Folded } from './folded';
import { areAsFolded, openState, sealState, type SnapshotPlace } from './sealed-state';
import type { KeptSnapshot, SnapshotTable } from './snapshot-table';

export interface SnapshotOptions {
  readonly table: SnapshotTable;
  readonly vault: Pick<Vault, 'naming' | 'openingKeys'>;
  readonly clock: Clock;
  readonly log: Log;
  /** After how many events that a snapshot does not have the next one is kept, at least; default 200. */
  readonly every?: number;
}

/** Of long streams a snapshot is kept after so much of their length: a state that grows is not written all the time. */
const shareOfStream = 1 / 20;

/**
 * States of long streams, kept beside the log so that not all of a stream has to be read. Whatever is wrong with one, it
 * is as if there were none: the log is the truth, and tells what is wrong with itself.
 */
export class Snapshots {
  private readonly keeping = new Map<string, Promise<void>>();

  constructor(private readonly options: SnapshotOptions) {}

  /** Whether a state is to be kept of so many events, when the last that was kept was of so many. */
  isDue(kept: number, events: number): boolean {
    const { every = 200 } = this.options;
    return events - kept >= Math.max(every, kept * shareOfStream);
  }

  /** The snapshot of a stream whose units all are as they were when it was folded; its state as its decider wrote it. */
  async find(organisation: string, stream: string, form: string): Promise<Folded | undefined> {
    try {
      const kept = await this.options.table.find(organisation, stream, form);
      return kept && (await this.open(kept));
    } catch (error) {
      const code = errorCode(error);
      this.options.log.warn({ organisation, stream, code }, 'a snapshot cannot be used; the stream is read in full');
      return undefined;
    }
  }

  /** Keeps a state, as its decider writes it, in the background. */
  keep(organisation: string, stream: string, form: string, folded: Folded): void {
    const name = `${organisation}/${stream} ${form}`;
    if (this.keeping.has(name)) return;
    const kept = this.seal(organisation, stream, form, folded)
      .catch((error: unknown) => {
        const code = errorCode(error);
        this.options.log.warn(
          { organisation, stream, code },
          'a snapshot could not be kept; the next one will be tried',
        );
      })
      .finally(() => this.keeping.delete(name));
    this.keeping.set(name, kept);
  }

  /** When nothing is being kept any more. */
  async settled(): Promise<void> {
    await Promise.all(this.keeping.values());
  }

  private async open({ place, sealed }: KeptSnapshot): Promise<Folded | undefined> {
    const { vault } = this.options;
    const { organisation, events, last, units } = place;
    const keys = await vault.openingKeys(organisation, units);
    if (!areAsFolded(units, keys)) return undefined;
    const content = openState(place, sealed, await this.secret(place), keys);
    return { ...content, events, last, units: new Map(units.map((unit) => [unit.unit, unit])) };
  }

  private async seal(organisation: string, stream: string, form: string, folded: Folded): Promise<void> {
    const { table, vault, clock } = this.options;
    const { events, last } = folded;
    const units = [...folded.units.values()].sort((one, other) => (one.unit < other.unit ? -1 : 1));
    const keys = await vault.openingKeys(organisation, units);
    // One that ended since it was opened has no part in what is kept.
    if (!areAsFolded(units, keys)) return;
    const place = { organisation, stream, form, events, last, units };
    await table.keep({ place, sealed: sealState(place, folded, await this.secret(place), keys) }, clock.now());
  }

  /** Of the organisation, so that a snapshot which nobody's key seals cannot be made up either. */
  private async secret({ organisation, stream }: SnapshotPlace): Promise<string> {
    return (await this.options.vault.naming(organisation)).digest('snapshot', stream);
  }
}
