import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { OnProgress } from './backup-tables';
import { filesBelow, makeFolder, remove, syncFolder, writeNew } from './durable-files';
import type { FileEntry, Manifest } from './manifest';

export const blobsFolder = 'files';
export const blobsList = 'blobs.ndjson.gz';

/** Copies the blobs that are there. They never change; one that is removed meanwhile was forgotten, and is left out. */
export async function backUpBlobs(
  from: string,
  to: string,
  progress: OnProgress,
  signal?: AbortSignal,
): Promise<NonNullable<Manifest['blobs']>> {
  let [count, totalBytes] = [0, 0];
  const copied = async function* (): AsyncGenerator<string> {
    for await (const name of filesBelow(from)) {
      if (!isBlob(name)) continue;
      const entry = await copyBlob(from, to, name, signal);
      if (!entry) continue;
      count += 1;
      totalBytes += entry.bytes;
      progress(count, count, `${count} blobs`);
      yield JSON.stringify(entry) + '\n';
    }
  };
  await makeFolder(join(to, blobsFolder));
  const list = await writeNew(join(to, blobsList), Readable.from(copied()), [createGzip()], signal);
  return { file: blobsList, ...list, count, totalBytes };
}

/** `<organisation>/<2 hexadecimal digits>/<id>`; anything else in the folder is being written, or is not ours. */
export const isBlob = (name: string): boolean => /^[a-z0-9]+\/[0-9a-f]{2}\/[A-Za-z0-9_-]+$/.test(name);

async function copyBlob(from: string, to: string, name: string, signal?: AbortSignal): Promise<FileEntry | undefined> {
  const target = join(to, blobsFolder, name);
  await makeFolder(dirname(target));
  try {
    return { file: name, ...(await writeNew(target, createReadStream(join(from, name)), [], signal)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await remove(target);
    return undefined;
  } finally {
    await syncFolder(dirname(target));
  }
}
