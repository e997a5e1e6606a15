import { createClient } from '@ardoise/postgres';
import type { Client } from 'pg';

/** Whose sessions a server's log has. */
export const role = 'ardoise_log';

/** Runs something as the owner of the database. */
export async function administer<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient(url, { applicationName: 'contract administrator' });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** Partitions that are made from now on hold so many positions; the one that there is ends where the first one would. */
export async function partitionsOf(url: string, size: number): Promise<void> {
  await administer(url, (client) =>
    client.query(`CREATE OR REPLACE FUNCTION log.partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT ${size}::bigint';
      ALTER TABLE log.events DETACH PARTITION log.events_1;
      ALTER TABLE log.events ATTACH PARTITION log.events_1 FOR VALUES FROM (MINVALUE) TO (${size + 1})`),
  );
}
