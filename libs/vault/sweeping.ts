import type { Clock } from '@ardoise/time';
import type { VaultDatabase } from './database';

/**
 * What a day's end leaves behind: its key is gone in constant time, its units' rows still lead to persons and streams.
 * Sweeping takes the links away, and drops the rows once no group of their day lives. Run by a schedule, in parts.
 */
export class Sweeping {
  constructor(
    private readonly database: VaultDatabase,
    private readonly clock: Clock,
  ) {}

  /** Sweeps at most `limit` rows; 0 when there is nothing left. */
  async sweep(limit: number): Promise<number> {
    return this.database.transaction(async (statements) => {
      const ended = await statements.query<{ unit: string }>(
        `UPDATE vault.units u
            SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL, part = NULL,
                ground = NULL, kept_until = NULL, ended_at = $2
           FROM (SELECT u.unit FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
                  WHERE u.day IS NOT NULL AND g.state = 'destroyed' AND u.state <> 'destroyed'
                  ORDER BY u.unit LIMIT $1 FOR UPDATE OF u SKIP LOCKED) due
          WHERE u.unit = due.unit
      RETURNING u.unit`,
        [limit, this.clock.now()],
      );
      await statements.query('DELETE FROM vault.lookups WHERE unit = ANY($1::uuid[])', [ended.map(({ unit }) => unit)]);
      if (ended.length === limit) return limit;
      const dropped = await statements.query(
        `DELETE FROM vault.units u
          USING (SELECT u.unit FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
                  WHERE u.day IS NOT NULL AND g.state = 'destroyed' AND u.state = 'destroyed'
                    AND NOT EXISTS (SELECT FROM vault.groups alive WHERE alive.organisation = u.organisation
                                       AND alive.day = u.day AND alive.state <> 'destroyed')
                  ORDER BY u.unit LIMIT $1 FOR UPDATE OF u SKIP LOCKED) due
          WHERE u.unit = due.unit
      RETURNING 1 AS dropped`,
        [limit - ended.length],
      );
      return ended.length + dropped.length;
    });
  }

  /**
   * Of an organisation all of whose groups are destroyed: its units' rows stay, for by them they read as destroyed, but
   * lead nowhere; its persons' neither. What an operator called lost stays lost.
   */
  async sweepOrganisation(organisation: string, limit: number): Promise<number> {
    return this.database.transaction(async (statements) => {
      const [lives] = await statements.query(
        `SELECT FROM vault.groups WHERE organisation = $1 AND state <> 'destroyed' LIMIT 1`,
        [organisation],
      );
      if (lives !== undefined) return 0;
      const ended = await statements.query<{ unit: string }>(
        `UPDATE vault.units u
            SET state = CASE u.state WHEN 'lost' THEN 'lost' ELSE 'destroyed' END, wrapped = NULL, person = NULL,
                stream = NULL, category = NULL, part = NULL, ground = NULL, kept_until = NULL,
                ended_at = coalesce(u.ended_at, $3)
           FROM (SELECT unit FROM vault.units WHERE organisation = $1 AND person IS NOT NULL
                  LIMIT $2 FOR UPDATE SKIP LOCKED) due
          WHERE u.unit = due.unit
      RETURNING u.unit`,
        [organisation, limit, this.clock.now()],
      );
      await statements.query('DELETE FROM vault.lookups WHERE unit = ANY($1::uuid[])', [ended.map(({ unit }) => unit)]);
      if (ended.length > 0) return ended.length;
      await statements.query(
        `UPDATE vault.persons SET stream = NULL, alias_of = NULL
          WHERE organisation = $1 AND num_nonnulls(stream, alias_of) > 0`,
        [organisation],
      );
      return 0;
    });
  }
}
