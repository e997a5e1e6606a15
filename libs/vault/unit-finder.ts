import { textArray } from '@ardoise/postgres';
import type { Statements, VaultDatabase } from './database';
import type { Lease } from './lease';
import type { Outcomes, Wanted } from './sealing';
import { identityOf, type LivingRow, unitColumns, unitRecords, type UnitRow } from './unit-row';
import { isSealing, type Unwrapping } from './unwrapping';
import { VaultError } from './vault';

/** A living row, found by what its unit is asked for by. */
export type FoundRow = UnitRow & Pick<LivingRow, 'person' | 'stream' | 'category' | 'part'>;

/** Finds the units that already exist. */
export class UnitFinder {
  constructor(
    private readonly database: VaultDatabase,
    private readonly lease: Lease,
    private readonly unwrapping: Unwrapping,
  ) {}

  /** Outcomes of the units that there are; those that must still be made have none. */
  async find(wanted: readonly Wanted[]): Promise<Outcomes> {
    const since = this.lease.read();
    const generation = this.unwrapping.generation;
    const rows = await findRows(this.database, wanted);
    const usable = rows.filter((row): row is FoundRow & LivingRow => isSealing(row));
    const keys = await this.unwrapping.unwrap(usable, since, generation);
    // A group that ended between the two looks, its units rewrapped: the rows say so now.
    if (keys.includes(undefined)) return this.find(wanted);
    const outcomes: Outcomes = new Map();
    const suspects = await this.suspects(rows);
    for (const row of rows) outcomes.set(identityOf(row.organisation, row), refusal(row, suspects));
    usable.forEach((row, i) => {
      const key = keys[i];
      if (key !== undefined) outcomes.set(identityOf(row.organisation, row), key);
    });
    return outcomes;
  }

  /** Fenced units of persons who are not being erased: whether something was sealed under them is being looked at. */
  private async suspects(rows: readonly FoundRow[]): Promise<ReadonlySet<string>> {
    const fenced = rows.filter(({ state }) => state === 'fenced').map(({ unit }) => unit);
    if (fenced.length === 0) return new Set();
    const found = await this.database.query<{ unit: string }>(
      `SELECT replace(u.unit::text, '-', '') AS unit FROM vault.units u
         JOIN vault.persons p ON p.organisation = u.organisation AND p.person = u.person
        WHERE u.unit = ANY($1::uuid[]) AND u.state = 'fenced' AND p.state = 'active'`,
      [fenced],
    );
    return new Set(found.map(({ unit }) => unit));
  }
}

/**
 * The rows of units by identity. LATERAL with LIMIT makes each one a probe of the unique index: the identity columns
 * have no statistics, from which the planner could otherwise guess that reading the whole table is cheaper.
 */
export function findRows(statements: Statements, wanted: readonly Wanted[]): Promise<FoundRow[]> {
  return statements.query<FoundRow>(
    `SELECT ${unitColumns}
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS wanted(organisation, stream, person, category, part)
      CROSS JOIN LATERAL (
            SELECT * FROM vault.units found
             WHERE found.organisation = wanted.organisation AND found.stream = wanted.stream
               AND found.person = wanted.person AND found.category = wanted.category AND found.part = wanted.part
             LIMIT 1) u
       ${unitRecords}`,
    [
      textArray(wanted.map(({ organisation }) => organisation)),
      textArray(wanted.map(({ request }) => request.stream)),
      textArray(wanted.map(({ request }) => request.person)),
      textArray(wanted.map(({ request }) => request.category)),
      textArray(wanted.map(({ request }) => request.part ?? '')),
    ],
  );
}

/** Why a unit that exists gives no key to seal under. */
function refusal(row: UnitRow, suspects: ReadonlySet<string>): VaultError {
  if (suspects.has(row.unit)) {
    return new VaultError('vault-unavailable', `unit ${row.unit} is being looked at; the request can be repeated`);
  }
  return row.state === 'fenced'
    ? new VaultError('person-erased', `unit ${row.unit} is fenced: its person is being erased`)
    : new VaultError('unit-ended', `unit ${row.unit} has ended`);
}
