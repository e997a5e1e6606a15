import { createReadStream } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { blobsFolder, isBlob } from './backup-blobs';
import { digestOf, makeFolder, remove, syncFolder, writeNew } from './durable-files';
import { BackupError } from './errors';
import type { FileEntry } from './manifest';
import type { FoundPart } from './restore-plan';
import type { OnProgress } from './restore-tables';

/**
 * Puts back the blobs that are missing or cut short. What the backup does not have stays: a blob belongs to whoever has
 * its key, and without one it is noise.
 */
export async function restoreBlobs(
  { folder, manifest }: FoundPart,
  to: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  const list = manifest.blobs;
  if (!list) throw new BackupError('backup-damaged', `the manifest in ${folder} lists no blobs`);
  let done = 0;
  for await (const entry of listedBlobs(folder, list.file)) {
    signal?.throwIfAborted();
    await restoreBlob(join(folder, blobsFolder, entry.file), join(to, entry.file), entry);
    done += 1;
    onProgress(done, list.count, 'blobs');
  }
}

/** Reads every blob of a backup. @throws BackupError at one that is missing or altered */
export async function checkBlobs({ folder, manifest }: FoundPart, signal?: AbortSignal): Promise<void> {
  for await (const { file, bytes, sha256 } of listedBlobs(folder, manifest.blobs?.file ?? '')) {
    signal?.throwIfAborted();
    const path = join(folder, blobsFolder, file);
    const is = await digestOf(path).catch(() => undefined);
    if (is?.bytes === bytes && is.sha256 === sha256) continue;
    throw new BackupError(
      'backup-damaged',
      `${path} is ${is ? 'not what its list says' : 'missing'}; nothing was changed`,
    );
  }
}

async function* listedBlobs(folder: string, file: string): AsyncGenerator<FileEntry> {
  for await (const line of createInterface({ input: createReadStream(join(folder, file)).pipe(createGunzip()) })) {
    const entry = JSON.parse(line) as FileEntry;
    if (!isBlob(entry.file)) throw new BackupError('backup-damaged', `${folder} lists a file that is no blob`);
    yield entry;
  }
}

async function restoreBlob(from: string, to: string, { bytes, sha256 }: FileEntry): Promise<void> {
  const there = await lstat(to).catch(() => undefined);
  if (there?.size === bytes) return;
  await makeFolder(dirname(to));
  const unfinished = `${to}.restored`;
  await remove(unfinished);
  const written = await writeNew(unfinished, createReadStream(from)).catch(() => undefined);
  if (written?.bytes !== bytes || written.sha256 !== sha256) {
    await remove(unfinished);
    throw new BackupError('backup-damaged', `${from} is not what its list says; the database was not changed`);
  }
  await rename(unfinished, to);
  await syncFolder(dirname(to));
}
