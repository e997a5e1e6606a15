import type { Migration } from '@ardoise/postgres';
import type { Client, ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Digesting } from './durable-files';
import { BackupError } from './errors';
import { extendLog } from './log-heads';
import { rebuildSchema, schemasOf, type DatabasePart, type Schemas } from './parts';
import { migrationsOf, type FoundPart } from './restore-plan';
import { listTables, type Table } from './tables';

export type OnProgress = (done: number, total: number, what: string) => void;

/**
 * Brings a part's tables to the shape that its backup was made from, when that is an older one. They are made anew:
 * a migration cannot be undone, but its absence can be had.
 */
export async function remakePart(
  client: ClientBase,
  { part, manifest }: FoundPart & { part: DatabasePart },
  known: readonly Migration[],
  apply: (client: ClientBase, migration: Migration) => Promise<void>,
): Promise<void> {
  const had = new Set(manifest.migrations.map(({ id }) => id));
  const own = migrationsOf(part, known);
  if (own.every(({ id }) => had.has(id))) return;
  for (const [schema, its] of schemasOf(known)) {
    if (its === part) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
  await client.query('DELETE FROM public.ardoise_migrations WHERE id = ANY($1)', [own.map(({ id }) => id)]);
  for (const migration of own) if (had.has(migration.id)) await apply(client, migration);
}

/** Empties a part; what was being built beside it goes too. */
export async function emptyPart(client: ClientBase, part: DatabasePart, schemas: Schemas): Promise<Table[]> {
  const tables = await listTables(client, { schemas, parts: [part] });
  if (tables.length === 0) return tables;
  if (part === 'read') await dropShadows(client);
  await withoutGuards(client, tables, async () => {
    await client.query(`TRUNCATE ${tables.map(({ sql }) => sql).join(', ')}`);
  });
  return tables;
}

async function dropShadows(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS sql FROM pg_tables WHERE schemaname = $1`,
    [rebuildSchema],
  );
  for (const { sql } of rows) await client.query(`DROP TABLE ${sql} CASCADE`);
}

/** Empties the part and fills it from its files. @throws BackupError `backup-damaged` when they are not of one shape */
export async function loadPart(
  client: Client,
  { part, folder, manifest }: FoundPart & { part: DatabasePart },
  schemas: Schemas,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  const tables = await emptyPart(client, part, schemas);
  const total = manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const unknown = manifest.tables.find(({ table }) => !tables.some(({ name }) => name === table));
  if (unknown)
    throw new BackupError('backup-damaged', `the backup has a table ${unknown.table}, and its migrations make none`);
  if (part === 'log') {
    const events = manifest.tables.find(({ table }) => table === 'log.events')?.rows ?? 0;
    await extendLog(client, manifest.heads, events);
  }
  let done = 0;
  await withoutGuards(client, tables, async () => {
    for (const table of tables) {
      const entry = manifest.tables.find(({ table: name }) => name === table.name);
      if (!entry) continue;
      const list = entry.columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(', ');
      const into = client.query(copyFrom(`COPY ${table.sql} (${list}) FROM STDIN (FORMAT text, ENCODING 'UTF8')`));
      const counting = new Digesting();
      counting.on('data', () => onProgress(done + counting.bytes, total, table.name));
      counting.pause();
      const stages = [createReadStream(join(folder, entry.file)), counting, createGunzip(), into] as const;
      await pipeline(stages, signal === undefined ? {} : { signal });
      if (into.rowCount !== entry.rows) {
        throw new BackupError('backup-damaged', `${entry.file} has ${into.rowCount} rows and not ${entry.rows}`);
      }
      done += entry.bytes;
    }
  });
  for (const [name, next] of Object.entries(manifest.sequences)) {
    await client.query('SELECT setval(to_regclass($1), $2::bigint, false)', [name, next]);
  }
}

interface Trigger {
  readonly table: string;
  readonly name: string;
  readonly enabled: 'O' | 'A' | 'R';
}

const enabling = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' } as const;

/**
 * Runs the function with the tables' own guards (append-only, one-way) set aside, and puts each back as it was. Foreign
 * keys stay in force: tables are filled in their order. All inside the transaction: nobody else ever sees them away.
 */
async function withoutGuards(client: ClientBase, tables: readonly Table[], run: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<Trigger>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS "table", quote_ident(t.tgname) AS name, t.tgenabled AS enabled
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
        AND (c.oid = ANY($1::oid[]) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY($1::oid[])))`,
    [tables.map(({ oid }) => oid)],
  );
  for (const { table, name } of rows) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`);
  await run();
  for (const { table, name, enabled } of rows) {
    await client.query(`ALTER TABLE ${table} ${enabling[enabled]} TRIGGER ${name}`);
  }
}
