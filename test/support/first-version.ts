import { createClient, migrate, migrationDigest } from '@ardoise/postgres';
import { chmodSync, copyFileSync, createReadStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from } from 'pg-copy-streams';
import { capabilities } from '../../src/capabilities';
import { allMigrations } from '../../src/platform/database';

const folder = resolve(__dirname, '..', 'first-version');
const database = join(folder, 'database');

/** What one person of that database is known by, and what is theirs. */
export interface Known {
  readonly person: string;
  readonly enrolment: string;
  readonly invoice: string;
}

/** What the first version's API showed of its database. */
export interface Seen {
  readonly stays: Known;
  readonly goes: Known;
  readonly gone: Known;
  /** Of the one that is gone. */
  readonly erasure: string;
  /** Position of the last event. */
  readonly head: string;
  /** Answers by path below the organisation. */
  readonly seen: { readonly [path: string]: object };
}

export const seenThen = JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as Seen;

/** Puts the first version's database into an empty one, with the tables that it had then; its keys into a folder. */
export async function putFirstVersion(url: string, keysFolder: string): Promise<void> {
  await migrate(url, migrationsThen());
  const client = createClient(url, { applicationName: 'ardoise tests' });
  await client.connect();
  try {
    // Rows as they were: no trigger has a say in them.
    await client.query("SET session_replication_role = 'replica'");
    for (const file of readdirSync(database).filter((name) => name.endsWith('.txt') && !name.startsWith('public.'))) {
      const [columns = ''] = readFileSync(join(database, file), 'utf8').split('\n', 1);
      const table = file
        .replace(/\.txt$/, '')
        .split('.')
        .map((name) => `"${name}"`)
        .join('.');
      const names = columns.split('\t').map((name) => `"${name}"`);
      const rows = createReadStream(join(database, file), { start: Buffer.byteLength(columns) + 1 });
      await pipeline(rows, client.query(from(`COPY ${table} (${names.join(', ')}) FROM STDIN`)));
    }
  } finally {
    await client.end();
  }
  mkdirSync(keysFolder, { mode: 0o700, recursive: true });
  for (const file of readdirSync(join(database, 'keys'))) copyKey(join(database, 'keys', file), join(keysFolder, file));
}

/** The migrations that had been applied then, which must not have changed since. */
function migrationsThen() {
  const known = new Map(allMigrations(capabilities).map((migration) => [migration.id, migration]));
  const [, ...lines] = readFileSync(join(database, 'public.ardoise_migrations.txt'), 'utf8').trim().split('\n');
  const applied = new Map(lines.map((line) => line.split('\t') as [string, string]));
  return [...known.values()].filter((migration) => {
    const digest = applied.get(migration.id);
    if (digest !== undefined && digest !== migrationDigest(migration)) throw new Error(`${migration.id} was changed`);
    return digest !== undefined;
  });
}

function copyKey(file: string, to: string): void {
  copyFileSync(file, to);
  chmodSync(to, 0o600);
}
