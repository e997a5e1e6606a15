import type { StoredEvent } from '@ardoise/event-store';
import { readHeader, sha256Hex } from '@ardoise/format';
import type { AnyOpened } from '@ardoise/sealing';
import { CommandMarks } from './command-marks';
import type { FoldedUnit } from './sealed-state';

/** The beginning of a stream, folded. */
export interface Folded<State = unknown> {
  readonly state: State;
  /** How many events were folded. */
  readonly events: number;
  /** When the last of them was recorded: RFC 3339 in UTC, whole seconds. */
  readonly recordedAt: string;
  readonly commands: CommandMarks;
  /** SHA-256 of the header of the last of them, hexadecimal: the log that has this event has all that came before. */
  readonly last: string;
  readonly units: ReadonlyMap<string, FoldedUnit>;
}

/** What was read of a stream after its folded beginning, or from its first event on. */
export interface ReadAfter {
  /** As it stands in the log; not empty. */
  readonly stored: readonly StoredEvent[];
  readonly opened: readonly AnyOpened[];
  readonly from?: Folded;
}

/** A longer beginning: the state to which all of it came. */
export function foldedTo<State>(state: State, read: ReadAfter): Folded<State> {
  const { from, stored, opened } = read;
  const end = stored.at(-1) as StoredEvent;
  return {
    state,
    events: end.version + 1,
    recordedAt: (opened.at(-1) as AnyOpened).recordedAt,
    commands: (from?.commands ?? CommandMarks.none).and(opened.map(({ command }) => command)),
    last: sha256Hex(end.header),
    units: unitsOf(read),
  };
}

/** Whether a beginning and what was read after it were opened with the same keys: a unit may end in between. */
export function agree({ units }: Pick<Folded, 'units'>, opened: readonly AnyOpened[]): boolean {
  return opened.every(
    ({ sections, closed }) =>
      closed.every(({ unit, state }) => (units.get(unit)?.state ?? state) === state) &&
      Object.values(sections).every((section) => (units.get(section?.unit ?? '')?.state ?? 'open') === 'open'),
  );
}

/** The units that anything was read from, each as it opened. What an upcaster left out was not read. */
function unitsOf({ from, stored, opened }: ReadAfter): ReadonlyMap<string, FoldedUnit> {
  const read = new Map<string, FoldedUnit['state']>();
  const known = from?.units;
  for (const { sections, closed } of opened) {
    for (const role in sections) read.set(sections[role]?.unit ?? '', 'open');
    for (const { unit, state } of closed) read.set(unit, state);
  }
  if (known && [...read.keys()].every((unit) => known.has(unit))) return known;
  const units = new Map(known);
  for (const { header } of stored) {
    for (const { unit, fingerprint, day } of readHeader(header).sections) {
      const state = read.get(unit);
      if (state) units.set(unit, { unit, fingerprint, ...(day === undefined ? {} : { day }), state });
    }
  }
  return units;
}
