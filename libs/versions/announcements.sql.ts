import { presenceLock } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';

/** What a process says of itself. */
export interface Announcer {
  readonly process: string;
  readonly name: string;
  readonly session: number;
  readonly knows: readonly string[];
  readonly leasedUntil: Date;
}

/** Sessions by which processes are present in this database, announced or not. */
const present = `SELECT pid FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ${presenceLock}::bigint >> 32 AND objid = ${presenceLock}::bigint & 4294967295`;

/** What is in use; `first` of what was so before there were announcements. */
export async function inUse(client: PoolClient): Promise<{ readonly version: string; readonly first: boolean }[]> {
  const { rows } = await client.query<{ version: string; first: boolean }>(
    'SELECT version, since IS NULL AS first FROM versions.in_use ORDER BY version',
  );
  return rows;
}

/** Says, or says again, what a process knows. */
export async function announce(client: PoolClient, one: Announcer): Promise<void> {
  await client.query(
    `INSERT INTO versions.announcements (process, name, session, knows, leased_until) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (process) DO UPDATE SET session = excluded.session, leased_until = excluded.leased_until`,
    [one.process, one.name, one.session, one.knows, one.leasedUntil],
  );
}

/** Removes what lapsed of processes that are not present either. */
export async function deadAnnouncements(client: PoolClient, now: Date): Promise<void> {
  await client.query(`DELETE FROM versions.announcements WHERE leased_until <= $1 AND session NOT IN (${present})`, [
    now,
  ]);
}

/** Begins to use those versions that all who live know; gives them. */
export async function putInUse(client: PoolClient, versions: readonly string[], now: Date): Promise<string[]> {
  const { rows } = await client.query<{ version: string }>(
    `INSERT INTO versions.in_use (version, since)
     SELECT v, $2 FROM unnest($1::text[]) AS v
     WHERE NOT EXISTS (SELECT FROM versions.in_use u WHERE u.version = v)
       AND NOT EXISTS (SELECT FROM versions.announcements a WHERE v <> ALL (a.knows))
       AND NOT EXISTS (SELECT FROM (${present}) p WHERE p.pid NOT IN (SELECT session FROM versions.announcements))
     RETURNING version`,
    [versions, now],
  );
  return rows.map(({ version }) => version);
}

/** Who lives and does not know all of some versions. */
export async function standing(
  pool: Pool,
  now: Date,
  versions: readonly string[],
): Promise<{ readonly name: string; readonly announced: boolean }[]> {
  const { rows } = await pool.query<{ name: string; announced: boolean }>(
    `SELECT name, true AS announced FROM versions.announcements
      WHERE NOT knows @> $1::text[] AND (leased_until > $2 OR session IN (${present}))
     UNION ALL
     SELECT coalesce(nullif(s.application_name, ''), 'unknown'), false FROM (${present}) p
       JOIN pg_stat_activity s USING (pid)
      WHERE p.pid NOT IN (SELECT session FROM versions.announcements)
     ORDER BY 1`,
    [versions, now],
  );
  return rows;
}

export async function withdraw(client: Pool | PoolClient, process: string): Promise<void> {
  await client.query('DELETE FROM versions.announcements WHERE process = $1', [process]);
}

/** Who lives and knows other versions than these, or says nothing. */
export async function differing(pool: Pool, now: Date, versions: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM versions.announcements
      WHERE NOT (knows @> $1::text[] AND knows <@ $1::text[]) AND (leased_until > $2 OR session IN (${present}))
     UNION
     SELECT coalesce(nullif(s.application_name, ''), 'unknown') FROM (${present}) p JOIN pg_stat_activity s USING (pid)
      WHERE p.pid NOT IN (SELECT session FROM versions.announcements)
     ORDER BY 1`,
    [versions, now],
  );
  return rows.map(({ name }) => name);
}
