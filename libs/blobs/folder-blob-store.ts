import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isId, isOrganisation, randomBytes } from '@ardoise/format';
import { syncFolder } from '@ardoise/private-files';
import type { Clock } from '@ardoise/time';
import { BlobError } from './errors';
import type { BlobStore, ListedBlob, StoredBlob } from './store';

const readLength = 65_536;
const draftPattern = /^\.[0-9a-f]{32}\.[0-9a-f]{16}$/;

/**
 * Sealed files in a folder: `<folder>/<organisation>/<first two digits>/<blob>`, each its owner's alone. A file has its
 * name only when all of it is on disk.
 */
export class FolderBlobStore implements BlobStore {
  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {}

  async write(organisation: string, blob: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.path(organisation, blob);
    const folder = dirname(path);
    await makeFolder(folder);
    const draft = join(folder, `.${blob}.${randomBytes(8).toString('hex')}`);
    const file = await open(draft, 'wx', 0o600);
    try {
      await writeWhole(file, bytes, this.clock.now());
      await rename(draft, path);
    } catch (error) {
      await unlink(draft).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  }

  async open(organisation: string, blob: string): Promise<StoredBlob> {
    const file = await openFile(this.path(organisation, blob), blob);
    const { size } = await file.stat();
    let open = true;
    const close = async (): Promise<void> => {
      if (!open) return;
      open = false;
      await file.close();
    };
    return { length: size, bytes: readAll(file, blob, close), close };
  }

  async remove(organisation: string, blob: string): Promise<boolean> {
    const path = this.path(organisation, blob);
    if (!(await removed(path))) return false;
    await syncFolder(dirname(path));
    return true;
  }

  async *list(organisation: string): AsyncIterable<ListedBlob> {
    for await (const { name, path } of this.files(organisation)) {
      if (!isId(name)) continue;
      const writtenAt = await writtenAtOf(path);
      if (writtenAt) yield { blob: name, writtenAt };
    }
  }

  async sweepDrafts(organisation: string, before: Date): Promise<number> {
    let swept = 0;
    for await (const { name, path } of this.files(organisation)) {
      if (!draftPattern.test(name)) continue;
      const writtenAt = await writtenAtOf(path);
      if (writtenAt && writtenAt < before && (await removed(path))) swept += 1;
    }
    return swept;
  }

  private async *files(organisation: string): AsyncGenerator<{ name: string; path: string }> {
    const folder = this.folderOf(organisation);
    for (const { name } of await entries(folder)) {
      for (const file of await entries(join(folder, name))) {
        if (file.isFile()) yield { name: file.name, path: join(folder, name, file.name) };
      }
    }
  }

  private path(organisation: string, blob: string): string {
    // Both become part of a path: nothing else may ever stand there.
    if (!isId(blob)) throw new RangeError('a blob is named by an id');
    return join(this.folderOf(organisation), blob.slice(0, 2), blob);
  }

  private folderOf(organisation: string): string {
    if (!isOrganisation(organisation)) throw new RangeError('an organisation is named by its slug');
    return join(this.folder, organisation);
  }
}

async function writeWhole(file: FileHandle, bytes: AsyncIterable<Uint8Array>, now: Date): Promise<void> {
  try {
    for await (const piece of bytes) await file.writeFile(piece);
    // By our clock, which is what the age of an orphan is counted by.
    await file.utimes(now, now);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* readAll(file: FileHandle, blob: string, close: () => Promise<void>): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readLength), 0, readLength, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw unreadable(blob, error);
  } finally {
    await close();
  }
}

async function openFile(path: string, blob: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (isAbsent(error)) throw new BlobError('blob-missing', blob, 'is on record and is not in the store');
    throw unreadable(blob, error);
  }
}

function unreadable(blob: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error : new BlobError('blob-unreadable', blob, `cannot be read (${code})`);
}

async function removed(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Undefined where it was removed meanwhile. */
async function writtenAtOf(path: string): Promise<Date | undefined> {
  try {
    return (await lstat(path)).mtime;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Folders that are there, also after a loss of power: each new one is on disk in the one that holds it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(first);
  for (let at = folder; at !== top;) {
    at = dirname(at);
    await syncFolder(at);
  }
}
