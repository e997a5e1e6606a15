import type { VaultDatabase } from '../database';
import type { UnitState } from '../vault';

/** Where an organisation's keys stand. */
export interface EpochStatus {
  readonly organisation: string;
  readonly epoch: number;
  /** Since when the epoch is in use. */
  readonly since: Date;
  /** Key-encryption key of the organisation's group. */
  readonly kek: string;
  readonly units: Readonly<Record<UnitState, number>>;
  /**
   * No backup of the vault that is older than this brings anything back: what it holds was wrapped under a
   * key-encryption key that is destroyed. Absent: no key-encryption key that wrapped this organisation's was destroyed.
   */
  readonly nothingOlderThan?: Date;
}

interface Row {
  readonly organisation: string;
  readonly epoch: number;
  readonly created_at: Date;
  readonly kek: string;
  readonly nothing_older_than: Date | null;
}

const none: Readonly<Record<UnitState, number>> = { active: 0, held: 0, fenced: 0, destroyed: 0, lost: 0 };

/** The living organisations, sorted. Counts all units: a matter of seconds for millions. */
export async function epochStatus(database: VaultDatabase): Promise<EpochStatus[]> {
  const units = await unitCounts(database);
  // A dump made while a rotation ran has some of its units under the new keys: it counts from the beginning. A rotation
  // whose key-encryption key still wraps another organisation's groups has ended nothing that a dump could not bring back.
  const rows = await database.query<Row>(
    `SELECT g.organisation, g.epoch, g.created_at, g.kek,
            (SELECT max(r.begun_at) FROM vault.rotations r JOIN vault.keks k ON k.id = r.after_kek
              WHERE r.organisation = g.organisation AND r.state = 'done' AND k.state = 'destroyed') AS nothing_older_than
       FROM vault.groups g WHERE g.day IS NULL AND g.state = 'active' ORDER BY g.organisation COLLATE "C"`,
  );
  return rows.map((row) => ({
    organisation: row.organisation,
    epoch: row.epoch,
    since: row.created_at,
    kek: row.kek,
    units: units.get(row.organisation) ?? none,
    ...(row.nothing_older_than === null ? {} : { nothingOlderThan: row.nothing_older_than }),
  }));
}

/** Units by organisation and state; those of a day that ended are destroyed, though their rows were not yet swept. */
async function unitCounts(database: VaultDatabase): Promise<Map<string, Record<UnitState, number>>> {
  const rows = await database.query<{ organisation: string; state: UnitState; units: number }>(
    `SELECT u.organisation,
            CASE WHEN g.state = 'destroyed' AND u.state <> 'lost' THEN 'destroyed' ELSE u.state END AS state,
            count(*)::int AS units
       FROM vault.units u JOIN vault.groups g ON g.id = u.group_id GROUP BY 1, 2`,
  );
  const counts = new Map<string, Record<UnitState, number>>();
  for (const { organisation, state, units } of rows) {
    const of = counts.get(organisation) ?? { ...none };
    of[state] = units;
    counts.set(organisation, of);
  }
  return counts;
}
