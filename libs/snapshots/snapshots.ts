import type { StoredEvent } from '@ardoise/event-store';
import { readHeader, sha256Hex } from '@ardoise/format';
import { type Log, errorCode } from '@ardoise/lanes';
import type { AnyOpened } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { CommandMarks } from './command-marks';
import { areAsFolded, openState, sealState, type FoldedUnit, type SnapshotPlace } from './sealed-state';
import type { KeptSnapshot, SnapshotTable } from './snapshot-table';

/** The beginning of a stream, folded. */
export interface Folded {
  /** The state as its decider writes it. */
  readonly state: unknown;
  /** How many events were folded. */
  readonly events: number;
  readonly recordedAt: string;
  readonly commands: CommandMarks;
  /** SHA-256 of the header of the last of them, hexadecimal: the log that has this event has all that came before. */
  readonly last: string;
  readonly units: ReadonlyMap<string, FoldedUnit>;
}

/** A state that was folded from events read, on top of an earlier one. */
export interface NewlyFolded {
  readonly state: unknown;
  readonly from?: Folded;
  /** What was read after it, as it stands in the log and as it opened. */
  readonly stored: readonly StoredEvent[];
  readonly opened: readonly AnyOpened[];
}

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

  /** Whether a state is to be kept for which so many events had to be read after a snapshot. */
  isDue(from: Pick<Folded, 'events'> | undefined, read: number): boolean {
    const { every = 200 } = this.options;
    return read >= Math.max(every, (from?.events ?? 0) * shareOfStream);
  }

  /** The snapshot of a stream whose units all are as they were when it was folded. */
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

  /** Whether a snapshot and what was read after it were opened with the same keys: a unit may end in between. */
  agree({ units }: Folded, opened: readonly AnyOpened[]): boolean {
    return opened.every(
      ({ sections, closed }) =>
        closed.every(({ unit, state }) => (units.get(unit)?.state ?? state) === state) &&
        Object.values(sections).every((section) => (units.get(section?.unit ?? '')?.state ?? 'open') === 'open'),
    );
  }

  /** Keeps a state, in the background. */
  keep(organisation: string, stream: string, form: string, folded: NewlyFolded): void {
    const name = `${organisation}/${stream} ${form}`;
    if (folded.stored.length === 0 || this.keeping.has(name)) return;
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

  private async seal(organisation: string, stream: string, form: string, folded: NewlyFolded): Promise<void> {
    const { table, vault, clock } = this.options;
    const { state, from, stored, opened } = folded;
    const end = stored.at(-1) as StoredEvent;
    const units = [...unitsOf(folded).values()].sort((one, other) => (one.unit < other.unit ? -1 : 1));
    const keys = await vault.openingKeys(organisation, units);
    // One that ended since it was opened has no part in what is kept.
    if (!areAsFolded(units, keys)) return;
    const place = { organisation, stream, form, events: end.version + 1, last: sha256Hex(end.header), units };
    const commands = (from?.commands ?? CommandMarks.none).and(opened.map(({ command }) => command));
    const content = { state, recordedAt: (opened.at(-1) as AnyOpened).recordedAt, commands };
    await table.keep({ place, sealed: sealState(place, content, await this.secret(place), keys) }, clock.now());
  }

  /** Of the organisation, so that a snapshot which nobody's key seals cannot be made up either. */
  private async secret({ organisation, stream }: SnapshotPlace): Promise<string> {
    return (await this.options.vault.naming(organisation)).digest('snapshot', stream);
  }
}

/** The units that anything was read from, each as it opened. What an upcaster left out was not read. */
function unitsOf({ from, stored, opened }: NewlyFolded): Map<string, FoldedUnit> {
  const read = new Map<string, FoldedUnit['state']>();
  for (const { sections, closed } of opened) {
    for (const role in sections) read.set(sections[role]?.unit ?? '', 'open');
    for (const { unit, state } of closed) read.set(unit, state);
  }
  const units = new Map(from?.units);
  for (const { header } of stored) {
    for (const { unit, fingerprint, day } of readHeader(header).sections) {
      const state = read.get(unit);
      if (state) units.set(unit, { unit, fingerprint, ...(day === undefined ? {} : { day }), state });
    }
  }
  return units;
}
