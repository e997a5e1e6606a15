import type { VaultDatabase } from './database';
import type { UnitReference } from './vault';

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
}
