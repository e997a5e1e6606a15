import { createClient } from '@ardoise/postgres';

/** A digest of every table's rows, whatever their order; of the tables that a backup is about. */
export async function contentOf(url: string, schemas?: readonly string[]): Promise<Record<string, string>> {
  const client = createClient(url, { applicationName: 'content' });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT LIKE 'pg\\_%'
          AND schemaname NOT IN ('information_schema', 'public', 'maintenance', 'versions', 'snapshots')
          AND ($1::text[] IS NULL OR schemaname = ANY($1)) ORDER BY 1`,
      [schemas ?? null],
    );
    const content: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ digest: string }>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS digest FROM ${name} t`,
      );
      content[name] = rows[0]?.digest ?? '';
    }
    return content;
  } finally {
    await client.end();
  }
}

/** The triggers that guard tables, and how each is enabled. */
export async function guardsOf(url: string): Promise<string[]> {
  const client = createClient(url, { applicationName: 'guards' });
  await client.connect();
  try {
    const { rows } = await client.query<{ guard: string }>(
      `SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text AS guard FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
    );
    return rows.map(({ guard }) => guard);
  } finally {
    await client.end();
  }
}
