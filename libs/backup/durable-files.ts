import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncFolder } from '@ardoise/private-files';
import type { FileEntry } from './manifest';

/** Counts and digests what passes. */
export class Digesting extends Transform {
  private readonly hash = createHash('sha256');
  bytes = 0;

  override _transform(piece: Buffer, _: BufferEncoding, done: (error: null, piece: Buffer) => void): void {
    this.hash.update(piece);
    this.bytes += piece.length;
    done(null, piece);
  }

  /** Once: of everything that has passed. */
  hex(): string {
    return this.hash.digest('hex');
  }
}

/** A part of a pipeline. */
type Stage = Transform;

/** Writes a new file through the stages, readable by its owner alone, on disk when this is done. */
export async function writeNew(
  path: string,
  from: Readable,
  stages: readonly Stage[] = [],
  signal?: AbortSignal,
): Promise<Omit<FileEntry, 'file'>> {
  const file = await open(path, 'wx', 0o600);
  const digesting = new Digesting();
  const to = file.createWriteStream({ flush: true });
  const streams = [from, ...stages, digesting, to] as unknown as [Readable, NodeJS.WritableStream];
  await pipeline(streams, signal === undefined ? {} : { signal });
  return { bytes: digesting.bytes, sha256: digesting.hex() };
}

/** Bytes and digest of a file. @throws when it cannot be read */
export async function digestOf(path: string, signal?: AbortSignal): Promise<Omit<FileEntry, 'file'>> {
  const digesting = new Digesting();
  digesting.resume();
  await pipeline([createReadStream(path), digesting], signal === undefined ? {} : { signal });
  return { bytes: digesting.bytes, sha256: digesting.hex() };
}

/** Makes a folder for its owner alone. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

export { syncFolder };

/** Gives a whole folder its name. */
export async function nameFolder(unfinished: string, name: string): Promise<void> {
  await syncFolder(unfinished);
  await rename(unfinished, name);
  await syncFolder(dirname(name));
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Paths of the regular files below a folder, relative to it with `/`, sorted in each folder; none when there is no folder. */
export async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<string> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, name);
    else if (entry.isFile()) yield name;
  }
}
