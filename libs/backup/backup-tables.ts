import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { Digesting, writeNew } from './durable-files';
import { BackupError } from './errors';
import { readHeads } from './log-heads';
import type { AppliedMigration, Head, Manifest, TableEntry } from './manifest';
import type { DatabasePart } from './parts';
import { listSequences, listTables, type Scope, type Table } from './tables';

/** What all database parts of a backup see. */
export interface Snapshot {
  readonly scope: Scope;
  readonly tables: readonly Table[];
  readonly migrations: readonly AppliedMigration[];
  readonly heads: Readonly<Record<string, Head>>;
  readonly totalBytes: number;
}

export type OnProgress = (done: number, total: number, what: string) => void;

const tries = 5;

/**
 * Runs the function in one snapshot. The tables are locked before the snapshot is taken: a table that is truncated,
 * rewritten or exchanged by a rebuild between the two would be read as empty.
 */
export async function withSnapshot<T>(
  client: Client,
  scope: Scope,
  run: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  await client.query('SET statement_timeout = 0');
  await client.query('SET idle_in_transaction_session_timeout = 0');
  for (let attempt = 1; ; attempt++) {
    const before = await listTables(client, scope);
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      if (before.length > 0)
        await client.query(`LOCK TABLE ${before.map(({ sql }) => sql).join(', ')} IN ACCESS SHARE MODE`);
      const tables = await listTables(client, scope);
      if (oids(before) === oids(tables))
        return await whole(client, async () => run(await snapshotOf(client, scope, tables)));
      if (attempt === tries) throw new Error('the tables change all the time; try again when no rebuild runs');
    } catch (error) {
      // undefined_table: it was exchanged between the look and the lock.
      if ((error as { code?: unknown }).code !== '42P01' || attempt === tries) throw error;
    } finally {
      await client.query('ROLLBACK').catch(() => undefined);
    }
  }
}

/** What ends in the middle of a COPY leaves a connection that understands nothing any more: it is cut off. */
async function whole<T>(client: Client, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    cutOff(client);
    throw error;
  }
}

/** Ends a connection without a word to the server, which then rolls back. */
export function cutOff(client: Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

const oids = (tables: readonly Table[]): string => tables.map(({ oid, name }) => `${oid} ${name}`).join();

async function snapshotOf(client: Client, scope: Scope, tables: readonly Table[]): Promise<Snapshot> {
  const { rows: there } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public.ardoise_migrations') IS NOT NULL AS there`,
  );
  if (there[0]?.there !== true) throw new BackupError('backup-not-found', 'the database holds nothing of Ardoise');
  const { rows: migrations } = await client.query<AppliedMigration>(
    'SELECT id, sha256 FROM public.ardoise_migrations ORDER BY id',
  );
  const totalBytes = tables.reduce((sum, { size }) => sum + size, 0);
  return { scope, tables, migrations, heads: await readHeads(client), totalBytes };
}

/** Writes one part's tables into its folder. */
export async function backUpTables(
  client: Client,
  snapshot: Snapshot,
  part: DatabasePart,
  folder: string,
  progress: OnProgress,
  signal?: AbortSignal,
): Promise<Pick<Manifest, 'tables' | 'sequences'>> {
  const entries: TableEntry[] = [];
  for (const [index, table] of snapshot.tables.entries()) {
    if (table.part !== part) continue;
    const behind = snapshot.tables.slice(0, index).reduce((sum, { size }) => sum + size, 0);
    entries.push(
      await backUpTable(
        client,
        table,
        folder,
        (bytes) => {
          progress(behind + Math.min(bytes, table.size), snapshot.totalBytes, table.name);
        },
        signal,
      ),
    );
  }
  return { tables: entries, sequences: await listSequences(client, { ...snapshot.scope, parts: [part] }) };
}

async function backUpTable(
  client: Client,
  { name, sql, columns }: Table,
  folder: string,
  progress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<TableEntry> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const from = client.query(copyTo(`COPY (SELECT ${list} FROM ${sql}) TO STDOUT (FORMAT text, ENCODING 'UTF8')`));
  const counting = new Digesting();
  counting.on('data', () => progress(counting.bytes));
  counting.pause();
  const file = `${name}.copy.gz`;
  // Level 1: what is sealed does not shrink, and what is hexadecimal halves at any level.
  const { bytes, sha256 } = await writeNew(join(folder, file), from, [counting, createGzip({ level: 1 })], signal);
  return { table: name, columns, rows: from.rowCount, file, bytes, sha256 };
}
