import { Client } from 'pg';

/** Where a marker stands in a database: schema and table, or catalogue. */
export interface Found {
  readonly table: string;
  readonly rows: number;
}

/**
 * Looks for a marker in every row of every table, as text and as bytes, and in what PostgreSQL keeps about values (its
 * statistics, its list of statements).
 * @param url of a superuser.
 */
export async function searchDatabase(url: string, marker: string, schemas?: readonly string[]): Promise<Found[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm')
          AND (n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' OR c.relname IN ('pg_statistic', 'pg_statistic_ext_data'))
          AND ($1::text[] IS NULL OR n.nspname = ANY($1)) ORDER BY 1`,
      [schemas ?? null],
    );
    const found: Found[] = [];
    const hex = Buffer.from(marker, 'utf8').toString('hex');
    for (const { name } of [...tables, ...(schemas ? [] : [{ name: 'pg_stats' }])]) {
      const { rows } = await client.query<{ rows: string }>(
        `SELECT count(*) AS rows FROM ${name} AS t
          WHERE position(lower($1) IN lower(t::text)) > 0 OR position($2 IN t::text) > 0`,
        [marker, hex],
      );
      if (Number(rows[0]?.rows) > 0) found.push({ table: name, rows: Number(rows[0]?.rows) });
    }
    return found;
  } finally {
    await client.end();
  }
}
