import type { VaultDatabase } from './database';
import type { Keep, UnitReference } from './vault';

/** What was kept beside an erasure, by its date. */
export class Kept {
  constructor(private readonly database: VaultDatabase) {}

  /** At most `limit` units whose date has come, the earliest first; those under a destroyed group have ended already. */
  async untilBefore(organisation: string, instant: Date, limit: number): Promise<UnitReference[]> {
    const rows = await this.database.query<{ unit: string; fingerprint: Buffer; day: string | null }>(
      `SELECT replace(u.unit::text, '-', '') AS unit, u.fingerprint, u.day::text AS day
         FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.organisation = $1 AND u.kept_until <= $2 AND u.state = 'held' AND g.state <> 'destroyed'
        ORDER BY u.kept_until, u.unit LIMIT $3`,
      [organisation, instant, limit],
    );
    return rows.map(({ unit, fingerprint, day }) => ({
      unit,
      fingerprint: fingerprint.toString('hex'),
      ...(day === null ? {} : { day }),
    }));
  }

  async among(organisation: string, units: readonly string[]): Promise<Map<string, Omit<Keep, 'unit'>>> {
    if (units.length === 0) return new Map();
    const rows = await this.database.query<{ unit: string; ground: string; until: Date }>(
      `SELECT replace(unit::text, '-', '') AS unit, ground, kept_until AS until FROM vault.units
        WHERE unit = ANY($2::uuid[]) AND organisation = $1 AND state = 'held' AND ground IS NOT NULL
          AND kept_until IS NOT NULL`,
      [organisation, units],
    );
    return new Map(rows.map(({ unit, ground, until }) => [unit, { ground, until }]));
  }
}
