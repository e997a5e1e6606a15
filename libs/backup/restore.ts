import { applyMigration, beAlone, createClient, lockMigrations, migrate, type Migration } from '@ardoise/postgres';
import type { Steps } from '@ardoise/steps';
import type { Client } from 'pg';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cutOff } from './backup-tables';
import { BackupError } from './errors';
import type { Keeper } from './keeper';
import { readHeads, sameHeads } from './log-heads';
import type { AppliedMigration } from './manifest';
import { schemasOf, type DatabasePart } from './parts';
import { checkDigests, checkKnown, decideReadModels, findParts, type FoundPart, type ReadModels } from './restore-plan';
import { checkBlobs, restoreBlobs } from './restore-blobs';
import { emptyPart, loadPart, remakePart, type OnProgress } from './restore-tables';
import type { PartName } from './parts';

/**
 * Every step of a restore, in order. Those between `restore/schema` and `restore/committed` are inside one transaction:
 * whatever ends the process there leaves what was there before.
 */
export const restoreSteps = [
  'restore/checked',
  'restore/blobs',
  'restore/schema',
  'restore/log',
  'restore/vault',
  'restore/read',
  'restore/committed',
  'restore/migrated',
] as const;
export type RestoreStep = (typeof restoreSteps)[number];

export interface RestoreOptions {
  /** Of the database's owner. */
  readonly url: string;
  readonly dataFolder: string;
  /** Backups, or parts of backups. */
  readonly from: readonly string[];
  /** Default: all that is there. */
  readonly parts?: readonly PartName[];
  /** All that this version knows, in order. */
  readonly migrations: readonly Migration[];
  /** What stays of what is replaced. */
  readonly keepers?: readonly Keeper[];
  readonly steps: Steps;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface RestoreResult {
  readonly parts: readonly PartName[];
  readonly readModels: ReadModels;
}

/**
 * Puts parts of a backup in the place of what is there: all tables in one transaction, so that a crash at any moment
 * leaves the old or the new. Blobs come first: they never change, and one without its event harms nobody.
 * @throws BackupError when it is refused; then nothing was changed
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const { from, migrations, steps, signal, onProgress = () => undefined } = options;
  const found = await findParts(from, options.parts);
  for (const { folder, manifest } of found) checkKnown(manifest.migrations, migrations, `the backup in ${folder}`);
  await checkDigests(found, onProgress, signal);
  const blobs = found.find(({ part }) => part === 'blobs');
  if (blobs) await checkBlobs(blobs, signal);
  await steps.done('restore/checked');
  const tables = found.filter((one): one is FoundPart & { part: DatabasePart } => one.part !== 'blobs');
  const readModels = await withDatabaseAlone(options.url, async (client) => {
    await checkDatabase(client, migrations);
    const heads = headsOf(found, 'read');
    const isTheirs = sameHeads(await readHeads(client), heads);
    const decided = decideReadModels(tables, { isTheirs, isInBackup: Object.keys(heads).length > 0 });
    if (blobs) await restoreBlobs(blobs, join(options.dataFolder, 'blobs'), onProgress, signal);
    await steps.done('restore/blobs');
    if (tables.length > 0) await replace(client, options, tables, decided);
    return decided;
  });
  return { parts: found.map(({ part }) => part), readModels };
}

async function replace(
  client: Client,
  { url, migrations, steps, signal, keepers = [], onProgress = () => undefined }: RestoreOptions,
  parts: readonly (FoundPart & { part: DatabasePart })[],
  readModels: ReadModels,
): Promise<void> {
  await migrate(url, migrations);
  await lockMigrations(client);
  await steps.done('restore/schema');
  await client.query('BEGIN');
  const find = (part: DatabasePart) => parts.find((one) => one.part === part);
  for (const part of ['log', 'vault'] as const) {
    const found = find(part);
    if (found) {
      const give = await takeOf(part, keepers, client);
      await replacePart(client, found, migrations, onProgress, signal);
      for (const one of give) await one(client);
    }
    await steps.done(`restore/${part}`);
  }
  const read = find('read');
  if (readModels === 'restored' && read) await replacePart(client, read, migrations, onProgress, signal);
  else if (readModels === 'emptied') await emptyPart(client, 'read', schemasOf(migrations));
  await steps.done('restore/read');
  signal?.throwIfAborted();
  await client.query('COMMIT');
  await steps.done('restore/committed');
  await client.query('SELECT pg_advisory_unlock_all()');
  await migrate(url, migrations);
  await steps.done('restore/migrated');
}

async function takeOf(part: DatabasePart, keepers: readonly Keeper[], client: Client) {
  const give = [];
  for (const keeper of keepers) if (keeper.part === part) give.push(await keeper.take(client));
  return give;
}

/** An older backup goes into the tables that it was made from; later migrations then change its rows as they did once. */
async function replacePart(
  client: Client,
  found: FoundPart & { part: DatabasePart },
  migrations: readonly Migration[],
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  await remakePart(client, found, migrations, applyMigration);
  await loadPart(client, found, schemasOf(migrations), onProgress, signal);
}

const headsOf = (parts: readonly FoundPart[], name: PartName) =>
  parts.find(({ part }) => part === name)?.manifest.heads ?? {};

async function checkDatabase(client: Client, migrations: readonly Migration[]): Promise<void> {
  const { rows: there } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public.ardoise_migrations') IS NOT NULL AS there`,
  );
  if (there[0]?.there !== true) return;
  const { rows } = await client.query<AppliedMigration>('SELECT id, sha256 FROM public.ardoise_migrations');
  checkKnown(rows, migrations, 'the database');
}

const lookMilliseconds = 200;
const looks = 25;

/** @throws BackupError `database-in-use` when others do not go away in five seconds: the time that a killed one may take. */
async function withDatabaseAlone<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient(url, { applicationName: 'ardoise restore' });
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query('SET idle_in_transaction_session_timeout = 0');
    for (let look = 1; ; look++) {
      const others = await beAlone(client);
      if (others.length === 0) break;
      if (look === looks) {
        throw new BackupError(
          'database-in-use',
          `the database is in use by ${others.join(', ')}: stop servers, workers and commands first; nothing was changed`,
        );
      }
      await delay(lookMilliseconds);
    }
    return await run(client);
  } finally {
    // Never a word more than needed: what is not committed by now is rolled back, also in the middle of a COPY.
    cutOff(client);
  }
}
