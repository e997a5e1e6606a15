import { createClient, type Migration } from '@ardoise/postgres';
import { randomUUID } from 'node:crypto';
import { isAbsolute, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { backUpBlobs } from './backup-blobs';
import { backUpTables, cutOff, withSnapshot } from './backup-tables';
import { exists, makeFolder, nameFolder, remove, syncFolder, writeNew } from './durable-files';
import { BackupError } from './errors';
import { manifestFile, manifestFormat, type Manifest } from './manifest';
import { databaseParts, partWords, schemasOf, type PartName } from './parts';
import { checkKnown } from './restore-plan';
import { truePath } from './true-path';

export interface BackupOptions {
  /** Of the database's owner. */
  readonly url: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  /** A folder that does not exist yet. */
  readonly to: string;
  readonly parts: readonly PartName[];
  /** All that this version knows. */
  readonly migrations: readonly Migration[];
  readonly now: Date;
  readonly signal?: AbortSignal;
  /** Bytes of tables and blobs that are behind, of all; what is written now. */
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

export interface BackupResult {
  readonly backup: string;
  readonly manifests: readonly Manifest[];
}

/**
 * Writes the parts of one moment, while everybody goes on. The folder bears another name until it is whole; whatever
 * ends this earlier leaves nothing that could be taken for a backup.
 * @throws BackupError
 */
export async function backUp(options: BackupOptions): Promise<BackupResult> {
  const { to } = options;
  await checkPlace(options);
  const unfinished = `${to}.unfinished`;
  await remove(unfinished);
  await makeFolder(unfinished);
  try {
    const result = await writeParts(options, unfinished);
    options.signal?.throwIfAborted();
    await nameFolder(unfinished, to);
    return result;
  } catch (error) {
    await remove(unfinished);
    if (options.signal?.aborted)
      throw new BackupError('interrupted', 'the backup was interrupted; nothing of it is left');
    throw error;
  }
}

async function writeParts(options: BackupOptions, folder: string): Promise<BackupResult> {
  const { url, parts, now, signal } = options;
  const wanted = databaseParts.filter((part) => parts.includes(part));
  const progress = options.onProgress ?? (() => undefined);
  const client = createClient(url, { applicationName: 'ardoise backup' });
  await client.connect();
  // Also while a lock is waited for.
  const stop = (): void => cutOff(client);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await withSnapshot(client, { schemas: schemasOf(options.migrations), parts: wanted }, async (snapshot) => {
      // Tables of a newer version would be left out without a word.
      checkKnown(snapshot.migrations, options.migrations, 'the database');
      const common = {
        format: manifestFormat,
        backup: randomUUID(),
        takenAt: now.toISOString(),
        migrations: snapshot.migrations,
        heads: snapshot.heads,
      } as const;
      const manifests: Manifest[] = [];
      const finish = async (
        part: PartName,
        content: Pick<Manifest, 'tables' | 'sequences' | 'blobs'>,
      ): Promise<void> => {
        const manifest: Manifest = { ...common, part, words: partWords[part], ...content };
        await writeNew(join(folder, part, manifestFile), Readable.from([JSON.stringify(manifest, null, 2) + '\n']));
        await syncFolder(join(folder, part));
        manifests.push(manifest);
      };
      for (const part of wanted) {
        await makeFolder(join(folder, part));
        await finish(part, await backUpTables(client, snapshot, part, join(folder, part), progress, signal));
      }
      if (parts.includes('blobs')) {
        // After the snapshot: a blob is written before the event that names it, so none of the events' blobs is missed.
        await makeFolder(join(folder, 'blobs'));
        const blobs = await backUpBlobs(join(options.dataFolder, 'blobs'), join(folder, 'blobs'), progress, signal);
        await finish('blobs', { tables: [], sequences: {}, blobs });
      }
      return { backup: common.backup, manifests };
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

/** A backup beside the keys would hold, together with them, all that a thief needs. */
async function checkPlace({ to, keysFolder, dataFolder, parts }: BackupOptions): Promise<void> {
  if (parts.length === 0) throw new BackupError('backup-place-refused', 'no part was named');
  if (await exists(to)) {
    throw new BackupError('backup-place-refused', `${to} exists; a backup goes into a folder that is not there yet`);
  }
  const place = await truePath(to);
  for (const [name, folder] of [
    ['ARDOISE_KEYS', keysFolder],
    ['the folder of blobs', join(dataFolder, 'blobs')],
    ['the folder of the database', join(dataFolder, 'postgres')],
  ] as const) {
    const path = relative(await truePath(folder), place);
    if (path === '' || (!path.startsWith('..') && !isAbsolute(path))) {
      throw new BackupError('backup-place-refused', `${to} lies inside ${name} (${folder}); choose another place`);
    }
  }
}
