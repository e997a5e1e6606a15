import { isId } from '@ardoise/format';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from './database';
import { isDay } from './unit-row';
import { type UnitReference, VaultError } from './vault';
import { tampered } from './wrapping';

const chunk = 10_000;

/** The year is what stays of the instant of a fence: exact, it would lead from the person to the events of that second. */
export const blurred = `date_trunc('year', fenced_at, 'UTC')`;

/** The destruction of keys. Every step may be repeated. */
export class Shredding {
  constructor(
    private readonly database: VaultDatabase,
    private readonly clock: Clock,
  ) {}

  /**
   * Destroys units in transactions of at most 10,000. A unit that the vault does not know (it was restored from a
   * backup older than the unit) gets a row that says destroyed, so that its events read as erased and not as unknown.
   * Each gets its place in the record of endings, under the event that named it first.
   * @throws VaultError `key-tampered` when a unit's fingerprint is not the one given; nothing of its part is destroyed.
   */
  async destroy(organisation: string, event: string, units: readonly UnitReference[]): Promise<void> {
    const distinct = [...new Map(units.map((one) => [one.unit, one])).values()];
    for (const { unit, fingerprint } of distinct) {
      if (!isId(unit) || !/^[0-9a-f]{64}$/.test(fingerprint)) throw tampered(`unit ${unit}`, 'is not well named');
    }
    for (let at = 0; at < distinct.length; at += chunk) {
      const part = distinct.slice(at, at + chunk);
      await this.database.transaction((statements) => this.destroyPart(statements, organisation, event, part));
    }
  }

  /** Marks units lost, also such whose row is gone. What is destroyed stays destroyed. */
  async markLost(organisation: string, units: readonly UnitReference[]): Promise<void> {
    const now = this.clock.now();
    for (let at = 0; at < units.length; at += chunk) {
      const part = units.slice(at, at + chunk);
      await this.database.transaction(async (statements) => {
        const known = await checkUnits(statements, organisation, part);
        await statements.query(
          `UPDATE vault.units SET state = 'lost', wrapped = NULL, ground = NULL, kept_until = NULL, ended_at = $2
            WHERE unit = ANY($1::uuid[]) AND state NOT IN ('destroyed', 'lost')`,
          [part.map(({ unit }) => unit), now],
        );
        const missing = part.filter(({ unit }) => !known.has(unit));
        if (missing.length > 0) await this.bury(statements, organisation, missing, 'lost');
      });
    }
  }

  private async destroyPart(
    statements: Statements,
    organisation: string,
    event: string,
    units: readonly UnitReference[],
  ): Promise<void> {
    const ids = units.map(({ unit }) => unit);
    const persons = await lockPersonsOf(statements, ids);
    const known = await checkUnits(statements, organisation, units);
    await recordEndings(statements, organisation, event, units, this.clock.now());
    await statements.query(
      `UPDATE vault.units
          SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL, part = NULL,
              ground = NULL, kept_until = NULL, ended_at = $2
        WHERE unit = ANY($1::uuid[]) AND state <> 'destroyed'`,
      [ids, this.clock.now()],
    );
    const unknown = units.filter(({ unit }) => !known.has(unit));
    if (unknown.length > 0) await this.bury(statements, organisation, unknown);
    // A statement of its own: it sees the look-ups that were being written while we waited for their units.
    await statements.query('DELETE FROM vault.lookups WHERE unit = ANY($1::uuid[])', [ids]);
    await statements.query(
      `UPDATE vault.persons p SET state = 'erased', fenced_at = ${blurred}
        WHERE p.organisation = $1 AND p.person = ANY($2) AND p.state = 'fenced'
          AND NOT EXISTS (SELECT FROM vault.units u WHERE u.organisation = p.organisation AND u.person = p.person
                             AND u.state IN ('active', 'fenced'))`,
      [organisation, persons],
    );
  }

  private async bury(
    statements: Statements,
    organisation: string,
    units: readonly UnitReference[],
    state: 'destroyed' | 'lost' = 'destroyed',
  ): Promise<void> {
    const rows = await statements.query(
      `INSERT INTO vault.units (unit, organisation, group_id, day, state, fingerprint, created_at, ended_at)
       SELECT made.unit, $1, g.id, made.day, $6, made.fingerprint, $5, $5
         FROM unnest($2::uuid[], $3::bytea[], $4::date[]) AS made(unit, fingerprint, day)
        CROSS JOIN LATERAL (SELECT id FROM vault.groups
                             WHERE organisation = $1 AND day IS NULL ORDER BY epoch DESC LIMIT 1) g
       RETURNING unit`,
      [
        organisation,
        units.map(({ unit }) => unit),
        units.map(({ fingerprint }) => Buffer.from(fingerprint, 'hex')),
        units.map(({ day }) => (day !== undefined && isDay(day) ? day : null)),
        this.clock.now(),
        state,
      ],
    );
    if (rows.length < units.length) {
      throw new VaultError('organisation-unknown', 'the vault does not know this organisation');
    }
  }
}

/** Never changed: the first event that ended a unit stays its receipt. `event` is null for an orphan. */
export async function recordEndings(
  statements: Statements,
  organisation: string,
  event: string | null,
  units: readonly UnitReference[],
  now: Date,
): Promise<void> {
  await statements.query(
    `INSERT INTO vault.endings (id, organisation, fingerprint, event, ended_at)
     SELECT ended.id, $1, ended.fingerprint, $2, $3 FROM unnest($4::uuid[], $5::bytea[]) AS ended(id, fingerprint)
     ON CONFLICT DO NOTHING`,
    [
      organisation,
      event,
      now,
      units.map(({ unit }) => unit),
      units.map(({ fingerprint }) => Buffer.from(fingerprint, 'hex')),
    ],
  );
}

/** Persons are locked before units, as a fence does: the two would otherwise wait for each other. */
async function lockPersonsOf(statements: Statements, units: readonly string[]): Promise<string[]> {
  const rows = await statements.query<{ person: string }>(
    `SELECT person FROM vault.persons
      WHERE (organisation, person) IN (SELECT organisation, person FROM vault.units WHERE unit = ANY($1::uuid[]))
      ORDER BY person FOR NO KEY UPDATE`,
    [units],
  );
  return rows.map(({ person }) => person);
}

/** Locks the units that have a row, in one order for all; gives their ids. */
async function checkUnits(
  statements: Statements,
  organisation: string,
  units: readonly UnitReference[],
): Promise<Set<string>> {
  const rows = await statements.query<{ unit: string; organisation: string; fingerprint: Buffer }>(
    `SELECT replace(unit::text, '-', '') AS unit, organisation, fingerprint FROM vault.units
      WHERE unit = ANY($1::uuid[]) ORDER BY unit FOR UPDATE`,
    [units.map(({ unit }) => unit)],
  );
  const fingerprints = new Map(units.map(({ unit, fingerprint }) => [unit, fingerprint]));
  for (const row of rows) {
    if (row.organisation !== organisation) throw tampered(`unit ${row.unit}`, "is another organisation's");
    if (row.fingerprint.toString('hex') !== fingerprints.get(row.unit)) {
      throw tampered(`unit ${row.unit}`, 'is not the one that was to be destroyed, by its fingerprint');
    }
  }
  return new Set(rows.map(({ unit }) => unit));
}
