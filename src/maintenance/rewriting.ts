import type { ClientBase } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangingTable } from './tables';

/** Marks rows that nobody can see any more as room, in heap and indexes. Their bytes stay until the room is used. */
export async function vacuum(client: ClientBase, table: ChangingTable): Promise<void> {
  await unlessGone(() => client.query(`VACUUM (INDEX_CLEANUP ON, TRUNCATE ON) ${table.sql}`));
}

const lockTimeout = '3s';
const tries = 5;
const pauseMilliseconds = 1_000;

/**
 * Writes the table and its indexes anew: the new files hold the living rows alone, the old ones are removed. Nobody can
 * use the table meanwhile, so the lock is only waited for as long as those behind it can bear.
 * @returns false when somebody was in the way all the time
 */
export async function rewrite(client: ClientBase, table: ChangingTable): Promise<boolean> {
  await client.query(`SET lock_timeout = '${lockTimeout}'`);
  try {
    for (let attempt = 1; attempt <= tries; attempt++) {
      try {
        await unlessGone(() => client.query(`VACUUM (FULL) ${table.sql}`));
        return true;
      } catch (error) {
        // lock_not_available, deadlock_detected
        if (!['55P03', '40P01'].includes((error as { code?: string }).code ?? '')) throw error;
        if (attempt < tries) await delay(pauseMilliseconds);
      }
    }
    return false;
  } finally {
    await client.query('RESET lock_timeout');
  }
}

/** A rebuild can put another table in the place of one that was listed: then its files are gone. */
async function unlessGone(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42P01') throw error;
  }
}

const patienceMilliseconds = 20_000;
const lookMilliseconds = 100;

/**
 * Waits until no transaction can see what was removed before now: a rewriting copies every row that anybody may still
 * see. Others' long transactions, forgotten replication slots and prepared transactions are in the way.
 * @returns who is in the way when patience ends; undefined when nobody is
 */
export async function everybodyHasMovedOn(
  client: ClientBase,
  patience = patienceMilliseconds,
): Promise<string | undefined> {
  const { rows: now } = await client.query<{ xid: string }>(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid`,
  );
  const end = performance.now() + patience;
  for (;;) {
    const { rows } = await client.query<{ who: string }>(
      `SELECT who FROM (
         SELECT backend_xmin AS x, 'a transaction of "' || application_name || '"' AS who FROM pg_stat_activity
          WHERE pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
            AND (datname = current_database() OR backend_type = 'walsender')
         UNION ALL SELECT transaction, 'a prepared transaction' FROM pg_prepared_xacts WHERE database = current_database()
         UNION ALL SELECT xmin, 'the replication slot ' || slot_name FROM pg_replication_slots
       ) held WHERE x IS NOT NULL AND age(x) > age(($1::xid8)::xid) LIMIT 1`,
      [now[0]?.xid],
    );
    if (rows.length === 0) return undefined;
    if (performance.now() >= end) return rows[0]?.who;
    await delay(lookMilliseconds);
  }
}

/**
 * Ends the write-ahead log of before: after the second checkpoint no segment that was written before the first is
 * needed. Where the user may not (42501), the server does the same in its own time.
 */
export async function leaveWriteAheadLogBehind(client: ClientBase): Promise<boolean> {
  try {
    await client.query('CHECKPOINT');
    await client.query('SELECT pg_switch_wal()');
    await client.query('CHECKPOINT');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === '42501') return false;
    throw error;
  }
}
