import { isId } from '@ardoise/format';
import type { VaultDatabase } from './database';
import { Gatherer } from '@ardoise/gathering';
import type { Lease } from './lease';
import type { UnitCache } from './unit-cache';
import type { Quarantines } from './quarantines';
import type { Secrets } from './secrets';
import { wasMadeHere } from './unit-id';
import { isDay, unitColumns, unitRecords, type UnitRow } from './unit-row';
import { isOpening, type Unwrapping } from './unwrapping';
import { type OpenedKey, type UnitKey, type UnitReference, VaultError } from './vault';
import type { Guard } from './watch';
import { gone, tampered } from './wrapping';

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
  private readonly gatherer = new Gatherer((wanted: readonly Wanted[]) => this.guard(() => this.load(wanted)));

  constructor(
    private readonly database: VaultDatabase,
    private readonly lease: Lease,
    private readonly cache: UnitCache,
    private readonly unwrapping: Unwrapping,
    private readonly secrets: Secrets,
    private readonly quarantines: Quarantines,
    private readonly guard: Guard,
  ) {}

  async open(organisation: string, references: readonly UnitReference[]): Promise<Map<string, OpenedKey>> {
    const opened = new Map<string, OpenedKey>();
    const missing = new Map<string, Wanted>();
    const now = this.lease.read();
    for (const reference of references) {
      const word = this.quarantines.wordOn(organisation, reference.unit);
      if (word !== undefined) {
        opened.set(reference.unit, word);
        continue;
      }
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

  /** What the vault has of each, as it stands now; one that does not open says why and does not fail its neighbours. */
  async examine(
    organisation: string,
    references: readonly UnitReference[],
  ): Promise<Map<string, OpenedKey['state'] | VaultError['code']>> {
    const results = await this.load(references.map((reference) => ({ organisation, reference })));
    return new Map(
      references.map(({ unit, fingerprint }, i) => {
        const result = results[i] as Found | VaultError;
        if (result instanceof VaultError) return [unit, result.code] as const;
        const another = result.fingerprint !== undefined && result.fingerprint !== fingerprint;
        return [unit, another ? 'key-tampered' : result.opened.state] as const;
      }),
    );
  }

  private async load(wanted: readonly Wanted[]): Promise<(Found | VaultError)[]> {
    const since = this.lease.read();
    const generation = this.unwrapping.generation;
    const rows = new Map((await this.rows(wanted)).map((row) => [row.unit, row]));
    const usable = [...rows.values()].filter(isOpening);
    const keys = await this.unwrapping.unwrap(usable, since, generation);
    // A group that ended between the two looks: the rows say so now.
    if (keys.includes(undefined)) return this.load(wanted);
    const keyOf = new Map(usable.map((row, i) => [row.unit, keys[i]]));
    const rowless = wanted.filter(({ reference }) => !rows.has(reference.unit));
    const ended = await this.endedDays(rowless);
    const without = new Map<Wanted, OpenedKey>();
    for (const one of rowless) without.set(one, await this.rowless(one, ended));
    return wanted.map((one) => {
      const { organisation, reference } = one;
      const row = rows.get(reference.unit);
      if (row === undefined) return { opened: without.get(one) ?? { state: 'unknown' } };
      // Another organisation's unit is as unknown as one that never was.
      if (row.organisation !== organisation) return { opened: { state: 'unknown' } };
      const opened = stateOf(row, keyOf.get(row.unit));
      return opened instanceof VaultError ? opened : { opened, fingerprint: row.fingerprint.toString('hex') };
    });
  }

  /** A unit without a row: of a day that is over, of this vault's making, or nobody's. */
  private async rowless({ organisation, reference }: Wanted, ended: ReadonlyMap<string, string>): Promise<OpenedKey> {
    const receipt = ended.get(dayName(organisation, reference.day));
    if (receipt !== undefined) return { state: 'destroyed', receipt };
    const namingKey = await this.secrets.load(organisation, 'naming').catch((error: unknown) => {
      // An organisation that was never admitted made no unit; of one that has ended nobody can tell any more.
      const keyless = error instanceof VaultError && /^organisation-(unknown|ended)$/.test(error.code);
      if (keyless) return undefined;
      throw error;
    });
    return { state: namingKey && wasMadeHere(namingKey, organisation, reference.unit) ? 'missing' : 'unknown' };
  }

  private async rows(wanted: readonly Wanted[]): Promise<UnitRow[]> {
    const units = new Set(wanted.map(({ reference }) => reference.unit).filter(isId));
    if (units.size === 0) return [];
    return this.database.query<UnitRow>(
      `SELECT ${unitColumns} FROM vault.units u ${unitRecords} WHERE u.unit = ANY($1::uuid[])`,
      [[...units]],
    );
  }

  /**
   * Days of which no group lives. Only then may a unit without a row read as destroyed: a row is never deleted while
   * any group of its day lives, so there one that is missing is an alarm.
   */
  private async endedDays(rowless: readonly Wanted[]): Promise<Map<string, string>> {
    const dated = rowless.filter(({ reference }) => reference.day !== undefined && isDay(reference.day));
    if (dated.length === 0) return new Map();
    const days = new Map(dated.map((one) => [dayName(one.organisation, one.reference.day), one]));
    const rows = await this.database.query<{ organisation: string; day: string; receipt: string }>(
      `SELECT g.organisation, g.day::text AS day, replace(max(g.receipt::text), '-', '') AS receipt
         FROM vault.groups g
        WHERE (g.organisation, g.day) IN (SELECT * FROM unnest($1::text[], $2::date[]))
        GROUP BY g.organisation, g.day
       HAVING bool_and(g.state = 'destroyed') AND max(g.receipt::text) IS NOT NULL`,
      [[...days.values()].map((one) => one.organisation), [...days.values()].map((one) => one.reference.day)],
    );
    return new Map(rows.map(({ organisation, day, receipt }) => [dayName(organisation, day), receipt]));
  }
}

/** What a unit's row says, with its key where it has one. A key that is gone reads as erased by its receipt only. */
function stateOf(row: UnitRow, key: UnitKey | VaultError | undefined): OpenedKey | VaultError {
  if (key instanceof VaultError) return key;
  if (key !== undefined) return { state: 'open', key };
  if (row.state === 'lost') return { state: 'lost' };
  const receipt = row.receipt ?? row.group_receipt;
  return receipt === null ? gone(`unit ${row.unit}`) : { state: 'destroyed', receipt };
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
