import type { Clock } from '@ardoise/time';
import { idOf, type Statements, type VaultDatabase } from './database';
import { recordEndings } from './shredding';
import type { UnitReference } from './vault';

/** A unit that could be an orphan: made, and perhaps never used, because the append that was to use it crashed. */
export interface MadeUnit extends UnitReference {
  readonly stream: string;
  readonly createdAt: Date;
}

export interface MadeBetween {
  readonly from: Date;
  readonly to: Date;
  /** The last unit of the page before; absent for the first page. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * Units that nothing was ever sealed under. Who tells that they are orphans looks into the log, fences them, waits until
 * no process can hold their keys, and looks again: a late append may have used one meanwhile. A crash in between leaves
 * them fenced, and the next sweep finds them again.
 */
export class Orphans {
  constructor(
    private readonly database: VaultDatabase,
    private readonly clock: Clock,
  ) {}

  /** A page, by unit: those that could be orphans of persons who are not being erased. What is kept is none. */
  async unitsMadeBetween(organisation: string, { from, to, after, limit }: MadeBetween): Promise<MadeUnit[]> {
    const rows = await this.database.query<{
      unit: string;
      fingerprint: Buffer;
      stream: string;
      day: string | null;
      created_at: Date;
    }>(
      `SELECT u.unit, u.fingerprint, u.stream, u.day::text AS day, u.created_at
         FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.organisation = $1 AND u.created_at >= $2 AND u.created_at < $3 AND ($4::uuid IS NULL OR u.unit > $4)
          AND g.state <> 'destroyed' AND (u.state = 'active' OR u.state = 'fenced' AND EXISTS (
              SELECT FROM vault.persons p
               WHERE p.organisation = u.organisation AND p.person = u.person AND p.state = 'active'))
        ORDER BY u.unit LIMIT $5`,
      [organisation, from, to, after ?? null, limit],
    );
    return rows.map(({ unit, fingerprint, stream, day, created_at }) => ({
      unit: idOf(unit),
      fingerprint: fingerprint.toString('hex'),
      stream,
      createdAt: created_at,
      ...(day === null ? {} : { day }),
    }));
  }

  /** From here nothing is sealed under them, but by who has their keys already. */
  async fence(organisation: string, units: readonly string[]): Promise<void> {
    await this.database.query(
      `UPDATE vault.units SET state = 'fenced' WHERE organisation = $1 AND unit = ANY($2::uuid[]) AND state = 'active'`,
      [organisation, units],
    );
  }

  /** Takes the fence away again, but for persons who are being erased: theirs is the erasure's. */
  async unfence(organisation: string, units: readonly string[]): Promise<void> {
    await this.database.transaction(async (statements) => {
      const persons = await lockPersons(statements, units);
      await statements.query(
        `UPDATE vault.units SET state = 'active'
          WHERE organisation = $1 AND unit = ANY($2::uuid[]) AND state = 'fenced' AND person = ANY($3)`,
        [organisation, units, persons],
      );
    });
  }

  /**
   * Destroys fenced units without an event: no header names them. A person who lost one of two units made for one part
   * gets another when it is needed. Gives how many there were.
   */
  async bury(organisation: string, units: readonly UnitReference[]): Promise<number> {
    const now = this.clock.now();
    return this.database.transaction(async (statements) => {
      const rows = await statements.query<{ unit: string }>(
        `SELECT unit FROM vault.units
          WHERE organisation = $1 AND unit = ANY($2::uuid[]) AND state = 'fenced' ORDER BY unit FOR UPDATE`,
        [organisation, units.map(({ unit }) => unit)],
      );
      const found = new Set(rows.map(({ unit }) => idOf(unit)));
      const buried = units.filter(({ unit }) => found.has(unit));
      if (buried.length === 0) return 0;
      const ids = buried.map(({ unit }) => unit);
      await recordEndings(statements, organisation, null, buried, now);
      await statements.query(
        `UPDATE vault.units
            SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL, part = NULL,
                ended_at = $2
          WHERE unit = ANY($1::uuid[])`,
        [ids, now],
      );
      await statements.query('DELETE FROM vault.lookups WHERE unit = ANY($1::uuid[])', [ids]);
      return buried.length;
    });
  }
}

/** Those of the units' persons who are not being erased, and cannot begin to be until this transaction ends. */
async function lockPersons(statements: Statements, units: readonly string[]): Promise<string[]> {
  const rows = await statements.query<{ person: string; state: string }>(
    `SELECT person, state FROM vault.persons
      WHERE (organisation, person) IN (SELECT organisation, person FROM vault.units WHERE unit = ANY($1::uuid[]))
      ORDER BY person FOR KEY SHARE`,
    [units],
  );
  return rows.filter(({ state }) => state === 'active').map(({ person }) => person);
}
