import { createClient } from '@ardoise/postgres';
import { nodeOf } from './engine';

/** A copy of whole schemas within their database, as a backup of one moment is; of `log` also where that is elsewhere. */
export interface Copy {
  /** Puts the schemas named, or all, back as they were. Whoever is connected is thrown out, as by a real restore. */
  putBack(...schemas: string[]): Promise<void>;
}

const name = (table: string, schema: string): string => `"${schema}"."${table}"`;

/** A backup's part `log` has the ledger's tables too. */
const withLedger = (schemas: readonly string[]): string[] =>
  schemas.includes('log') ? [...schemas, 'ledger'] : [...schemas];

export async function copyOf(url: string, ...schemas: string[]): Promise<Copy> {
  const place = `copy_${Math.random().toString(36).slice(2, 10)}`;
  const tables = await run(url, async (query) => {
    const found = await query(
      `SELECT n.nspname AS schema, c.relname AS "table", c.relispartition AS part FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') ORDER BY 1, 2`,
      [withLedger(schemas)],
    );
    await query(`CREATE SCHEMA ${place}`);
    for (const { schema, table } of found.filter(({ part }) => !part)) {
      await query(`CREATE TABLE ${place}."${schema}_${table}" AS TABLE ${name(table, schema)}`);
    }
    return found;
  });
  const node = schemas.includes('log') ? await nodeOf(url) : undefined;
  const putLogBack = node?.copy();
  return {
    async putBack(...only) {
      await run(url, async (query) => {
        const wanted = tables.filter(({ schema }) => only.length === 0 || withLedger(only).includes(schema));
        // A restore writes what no session of ours may: the triggers that keep the log are off for it.
        for (const { schema, table } of wanted) await query(`ALTER TABLE ${name(table, schema)} DISABLE TRIGGER ALL`);
        await query(`TRUNCATE ${wanted.map(({ schema, table }) => name(table, schema)).join()}`);
        for (const { schema, table, part } of wanted) {
          if (!part) await query(`INSERT INTO ${name(table, schema)} SELECT * FROM ${place}."${schema}_${table}"`);
          await query(`ALTER TABLE ${name(table, schema)} ENABLE TRIGGER ALL`);
        }
        await query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      });
      if (only.length === 0 || only.includes('log')) await putLogBack?.();
    },
  };
}

type Query = (text: string, values?: unknown[]) => Promise<{ schema: string; table: string; part: boolean }[]>;

async function run<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = createClient(url, { applicationName: 'restore' });
  await client.connect();
  try {
    await client.query('BEGIN');
    const result = await work(async (text, values = []) => (await client.query(text, values)).rows as never);
    await client.query('COMMIT');
    return result;
  } finally {
    await client.end();
  }
}
