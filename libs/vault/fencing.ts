import { isId } from '@ardoise/format';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from './database';
import { closureOf, lockAliases, unknown } from './persons';
import { entryColumns, type EntryRow, toEntry } from './unit-row';
import { type Keep, type UnitEntry, VaultError } from './vault';

/** The first step of an erasure: from its commit on nothing new can be sealed about the persons. */
export class Fencing {
  constructor(
    private readonly database: VaultDatabase,
    private readonly clock: Clock,
  ) {}

  /**
   * Fences persons and their aliases. Repeated, it changes only what has changed: a unit named in `keep` is kept, also
   * one that was fenced before; one that was kept before stays so until it is destroyed by name.
   */
  async fence(organisation: string, persons: readonly string[], keep: readonly Keep[]): Promise<UnitEntry[]> {
    return this.database.transaction(async (statements) => {
      await lockAliases(statements, organisation);
      const all = await closureOf(statements, organisation, persons);
      const missing = persons.find((person) => !all.includes(person));
      if (missing !== undefined) throw unknown(missing);
      await lockAgainstMaking(statements, organisation, all);
      await checkKept(statements, organisation, all, keep);
      await keepUnits(statements, organisation, all, keep);
      await statements.query(
        `UPDATE vault.units SET state = 'fenced' WHERE organisation = $1 AND person = ANY($2) AND state = 'active'`,
        [organisation, all],
      );
      await statements.query(
        `UPDATE vault.persons SET state = 'fenced', fenced_at = $3
          WHERE organisation = $1 AND person = ANY($2) AND state = 'active'`,
        [organisation, all, this.clock.now()],
      );
      const rows = await statements.query<EntryRow>(
        `SELECT ${entryColumns} FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
          WHERE u.organisation = $1 AND u.person = ANY($2) AND u.state = 'fenced'
          ORDER BY u.created_at, u.unit`,
        [organisation, all],
      );
      return rows.map(toEntry);
    });
  }
}

/**
 * Waits for every making of a unit that has locked one of the persons, and keeps out all others until the fence is
 * committed; see `UnitMaker.store`. The units are looked for in later statements, which see what those have made.
 */
async function lockAgainstMaking(statements: Statements, organisation: string, persons: string[]): Promise<void> {
  await statements.query(
    `SELECT FROM vault.persons WHERE organisation = $1 AND person = ANY($2) ORDER BY person FOR UPDATE`,
    [organisation, persons],
  );
}

/** A keep that names nothing of these persons is a mistake, and what it meant to keep would be destroyed. */
async function checkKept(
  statements: Statements,
  organisation: string,
  persons: readonly string[],
  keep: readonly Keep[],
): Promise<void> {
  if (keep.length === 0) return;
  const rows = await statements.query<{ unit: string; person: string | null; state: string }>(
    `SELECT replace(unit::text, '-', '') AS unit, person, state FROM vault.units
      WHERE organisation = $1 AND unit = ANY($2::uuid[]) ORDER BY unit FOR NO KEY UPDATE`,
    [organisation, keep.map(({ unit }) => unit).filter(isId)],
  );
  const found = new Map(rows.map((row) => [row.unit, row]));
  for (const { unit } of keep) {
    const row = found.get(unit);
    const theirs = row?.person != null && persons.includes(row.person);
    // One that has ended since is no mistake: its own date has come, and this is a repetition.
    if (row?.state === 'destroyed' || (theirs && row.state !== 'lost')) continue;
    throw new VaultError('unit-ended', `unit ${unit} cannot be kept: it is no living unit of these persons`);
  }
}

async function keepUnits(
  statements: Statements,
  organisation: string,
  persons: readonly string[],
  keep: readonly Keep[],
): Promise<void> {
  await statements.query(
    `UPDATE vault.units u SET state = 'held', ground = kept.ground, kept_until = kept.until
       FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS kept(unit, ground, until)
      WHERE u.unit = kept.unit AND u.organisation = $1 AND u.person = ANY($2)
        AND u.state IN ('active', 'held', 'fenced')`,
    [
      organisation,
      persons,
      keep.map(({ unit }) => unit),
      keep.map(({ ground }) => ground),
      keep.map(({ until }) => until),
    ],
  );
}
