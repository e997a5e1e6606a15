import { Pool } from 'pg';

export const channel = 'ardoise_log';

/**
 * Tells every listening process that these organisations have new events. Outside the append's transaction, in which
 * a notice would make all commits of the server wait for one another. The notice itself need not be durable: one that
 * is lost costs a poll. It names its sender, who knows already.
 */
const text = `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${channel}', o || ' ' || $2) FROM unnest($1::text[]) o`;

export async function notify(pool: Pool, organisations: readonly string[], sender: string): Promise<void> {
  await pool.query({ name: 'log-notify', text, values: [organisations, sender] });
}
