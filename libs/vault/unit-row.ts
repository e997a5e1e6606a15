import type { GroupState, UnitEntry, UnitRequest, UnitState } from './vault';

/** A unit's row with its group's state, as every statement that loads keys selects it. */
export interface UnitRow {
  readonly unit: string;
  readonly organisation: string;
  readonly group_id: string;
  readonly group_state: GroupState;
  /** Event that ended the group. */
  readonly group_receipt: string | null;
  /** Whether the unit is on record as ended, and by which event; an orphan's is null. */
  readonly on_record: boolean;
  readonly receipt: string | null;
  readonly person: string | null;
  readonly stream: string | null;
  readonly category: string | null;
  readonly part: string | null;
  readonly day: string | null;
  readonly state: UnitState;
  readonly wrapped: Buffer | null;
  readonly fingerprint: Buffer;
}

/** Columns of a `UnitRow`, of `vault.units u` with `unitRecords`. Ids lose the hyphens that uuid columns write. */
export const unitColumns = `replace(u.unit::text, '-', '') AS unit, u.organisation,
  replace(u.group_id::text, '-', '') AS group_id, g.state AS group_state,
  replace(g.receipt::text, '-', '') AS group_receipt, e.id IS NOT NULL AS on_record,
  replace(e.event::text, '-', '') AS receipt,
  u.person, u.stream, u.category, u.part, u.day::text AS day, u.state, u.wrapped, u.fingerprint`;

/** What is known of a unit beside its row: its group, and the record of endings. */
export const unitRecords = `JOIN vault.groups g ON g.id = u.group_id
  LEFT JOIN LATERAL (SELECT * FROM vault.endings found WHERE found.id = u.unit LIMIT 1) e ON true`;

/** A unit's row with its living identity: not destroyed, not lost. */
export type LivingRow = UnitRow & {
  readonly person: string;
  readonly stream: string;
  readonly category: string;
  readonly part: string;
  readonly wrapped: Buffer;
};

export interface EntryRow {
  readonly unit: string;
  readonly fingerprint: Buffer;
  readonly stream: string;
  readonly category: string;
  readonly person: string;
  readonly state: UnitState;
  readonly created_at: Date;
  readonly kept_until: Date | null;
  readonly ground: string | null;
}

/** Columns of an `EntryRow`. A unit whose group was destroyed is destroyed, though its row was not yet swept. */
export const entryColumns = `replace(u.unit::text, '-', '') AS unit, u.fingerprint, u.stream, u.category, u.person,
  CASE WHEN g.state = 'destroyed' THEN 'destroyed' ELSE u.state END AS state, u.created_at, u.kept_until, u.ground`;

export function toEntry(row: EntryRow): UnitEntry {
  return {
    unit: row.unit,
    fingerprint: row.fingerprint.toString('hex'),
    stream: row.stream,
    category: row.category,
    person: row.person,
    state: row.state,
    createdAt: row.created_at,
    ...(row.kept_until === null ? {} : { keptUntil: row.kept_until }),
    ...(row.ground === null ? {} : { ground: row.ground }),
  };
}

/** What a unit is asked for by; PostgreSQL's text holds no NUL, so the names cannot run into each other. */
export function identityOf(organisation: string, request: Omit<UnitRequest, 'day'>): string {
  return [organisation, request.person, request.stream, request.category, request.part ?? ''].join('\0');
}

const longestName = 200;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Refuses what no row could hold, before it is gathered with others: one malformed request must not fail the
 * statement that it shares with its neighbours.
 * @throws RangeError
 */
export function checkNames(names: readonly (string | undefined)[]): void {
  for (const name of names) {
    if (name !== undefined && (name.length > longestName || name.includes('\0'))) {
      throw new RangeError(`a name in the vault has at most ${longestName} characters and no NUL`);
    }
  }
}

/** Whether the text is a day of the calendar, YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!dayPattern.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text) && !text.startsWith('0000');
}
