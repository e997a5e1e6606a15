import { isId } from '@ardoise/format';
import type { VaultDatabase } from './database';
import { Gatherer } from '@ardoise/gathering';
import type { Lease } from './lease';
import type { UnitCache } from './unit-cache';
import { isDay, unitColumns, type UnitRow } from './unit-row';
import { isOpening, type Unwrapping } from './unwrapping';
import { type OpenedKey, type UnitReference, VaultError } from './vault';
import { tampered } from './wrapping';

interface Wanted {
  readonly organisation: string;
  readonly reference: UnitReference;
}

/** What the vault has of a unit, before it is compared with what the header says. */
interface Found {
  readonly opened: OpenedKey;
  /** Kept of every unit that has a row, destroyed ones included. */
  readonly fingerprint?: string;
}

/** Keys to open with: from the cache, else gathered into one statement for all who ask at once. */
export class Opening {
  private readonly gatherer = new Gatherer((wanted: readonly Wanted[]) => this.load(wanted));

  constructor(
    private readonly database: VaultDatabase,
    private readonly lease: Lease,
    private readonly cache: UnitCache,
    private readonly unwrapping: Unwrapping,
  ) {}

  async open(organisation: string, references: readonly UnitReference[]): Promise<Map<string, OpenedKey>> {
    const opened = new Map<string, OpenedKey>();
    const missing = new Map<string, Wanted>();
    const now = this.lease.read();
    for (const reference of references) {
      const key = this.cache.opening(organisation, reference.unit, now);
      if (key === undefined) {
        missing.set(`${reference.unit} ${reference.fingerprint}`, { organisation, reference });
      } else {
        checkReference(reference, key.fingerprint);
        opened.set(reference.unit, { state: 'open', key });
      }
    }
    const wanted = [...missing.values()];
    const results = await this.gatherer.ask(wanted);
    wanted.forEach(({ reference }, i) => {
      const result = results[i] as Found | VaultError;
      if (result instanceof VaultError) throw result;
      if (result.fingerprint !== undefined) checkReference(reference, result.fingerprint);
      opened.set(reference.unit, result.opened);
    });
    return opened;
  }

  private async load(wanted: readonly Wanted[]): Promise<(Found | VaultError)[]> {
    const since = this.lease.read();
    const generation = this.unwrapping.generation;
    const rows = new Map((await this.rows(wanted)).map((row) => [row.unit, row]));
    const usable = [...rows.values()].filter(isOpening);
    const keys = await this.unwrapping.unwrap(usable, since, generation);
    const keyOf = new Map(usable.map((row, i) => [row.unit, keys[i]]));
    const rowless = wanted.filter(({ reference }) => !rows.has(reference.unit));
    const ended = await this.endedDays(rowless);
    return wanted.map(({ organisation, reference }) => {
      const row = rows.get(reference.unit);
      if (row === undefined) {
        return { opened: { state: ended.has(dayName(organisation, reference.day)) ? 'destroyed' : 'unknown' } };
      }
      // Another organisation's unit is as unknown as one that never was.
      if (row.organisation !== organisation) return { opened: { state: 'unknown' } };
      const key = keyOf.get(row.unit);
      if (key instanceof VaultError) return key;
      const fingerprint = row.fingerprint.toString('hex');
      if (key !== undefined) return { opened: { state: 'open', key }, fingerprint };
      return { opened: { state: row.state === 'lost' ? 'lost' : 'destroyed' }, fingerprint };
    });
  }

  private async rows(wanted: readonly Wanted[]): Promise<UnitRow[]> {
    const units = new Set(wanted.map(({ reference }) => reference.unit).filter(isId));
    if (units.size === 0) return [];
    return this.database.query<UnitRow>(
      `SELECT ${unitColumns} FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.unit = ANY($1::uuid[])`,
      [[...units]],
    );
  }

  /**
   * Days of which no group lives. Only then may a unit without a row read as destroyed: a row is never deleted while
   * any group of its day lives, so there one that is missing is an alarm.
   */
  private async endedDays(rowless: readonly Wanted[]): Promise<Set<string>> {
    const dated = rowless.filter(({ reference }) => reference.day !== undefined && isDay(reference.day));
    if (dated.length === 0) return new Set();
    const days = new Map(dated.map((one) => [dayName(one.organisation, one.reference.day), one]));
    const rows = await this.database.query<{ organisation: string; day: string }>(
      `SELECT g.organisation, g.day::text AS day
         FROM vault.groups g
        WHERE (g.organisation, g.day) IN (SELECT * FROM unnest($1::text[], $2::date[]))
        GROUP BY g.organisation, g.day
       HAVING bool_and(g.state = 'destroyed')`,
      [[...days.values()].map((one) => one.organisation), [...days.values()].map((one) => one.reference.day)],
    );
    return new Set(rows.map(({ organisation, day }) => dayName(organisation, day)));
  }
}

function dayName(organisation: string, day: string | undefined): string {
  return `${organisation} ${day ?? ''}`;
}

/** A header that names another key than the vault has: one of the two was altered. */
function checkReference(reference: UnitReference, fingerprint: string): void {
  if (reference.fingerprint !== fingerprint) {
    throw tampered(`unit ${reference.unit}`, 'is not the one that the header names by its fingerprint');
  }
}
