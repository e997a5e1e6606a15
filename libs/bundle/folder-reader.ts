import { constants } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError } from './errors';
import { kindOf, limits, mostFiles, mustBeOfLayout, mustNotExceed, shown } from './layout';
import type { LedgerFiles } from './ledger-files';

const pieceLength = 2 ** 18;
/** Names at the top of a bundle's folder below which its files lie; whatever else stands there is not looked at. */
const folders = /^(?:policies|[1-9][0-9]{0,8})$/;

/** A bundle as a folder, for instance an archive that was unpacked. No link is followed, at any depth. */
export class FolderFiles implements LedgerFiles {
  /** Folders that were looked at and are no links. */
  private readonly known = new Set<string>();

  constructor(private readonly folder: string) {}

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const opened = await this.open(path);
    if (!opened) return undefined;
    const { file, size } = opened;
    try {
      mustNotExceed(path, size, limit);
      const bytes = Buffer.alloc(size);
      let done = 0;
      while (done < size) {
        const { bytesRead } = await file.read(bytes, done, size - done, done);
        if (bytesRead === 0) throw new BundleError('bundle-truncated', `${shown(path)} has become shorter`);
        done += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  async *stream(path: string): AsyncGenerator<Buffer> {
    const opened = await this.open(path);
    if (!opened) throw new BundleError('bundle-not-found', `the bundle has no ${shown(path)}`);
    const { file, size } = opened;
    try {
      for (let done = 0; done < size;) {
        const piece = Buffer.alloc(Math.min(pieceLength, size - done));
        const { bytesRead } = await file.read(piece, 0, piece.length, done);
        if (bytesRead === 0) throw new BundleError('bundle-truncated', `${shown(path)} has become shorter`);
        done += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async list(): Promise<string[]> {
    const paths: string[] = [];
    for (const entry of await readdir(this.folder, { withFileTypes: true })) {
      if (folders.test(entry.name)) await this.walk(entry.name, paths);
      else if (kindOf(entry.name) !== undefined) await this.found(entry.name, paths);
    }
    return paths.sort();
  }

  async close(): Promise<void> {
    this.known.clear();
  }

  /** Below its own folders a bundle has its own files only. */
  private async walk(folder: string, paths: string[]): Promise<void> {
    await this.mustBeFolder(folder);
    for (const entry of await readdir(join(this.folder, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (path.length > 100)
        throw new BundleError('bundle-path-refused', `${shown(path)} is no path of a ledger's files`);
      if (entry.isDirectory()) await this.walk(path, paths);
      else await this.found(path, paths);
    }
  }

  private async found(path: string, paths: string[]): Promise<void> {
    const about = await lstat(join(this.folder, path));
    mustBeRegular(path, about);
    mustNotExceed(path, about.size, limits[mustBeOfLayout(path)]);
    if (paths.length >= mostFiles)
      throw new BundleError('bundle-too-many-files', `a bundle has at most ${mostFiles} files`);
    paths.push(path);
  }

  private async open(path: string): Promise<{ file: FileHandle; size: number } | undefined> {
    const kind = mustBeOfLayout(path);
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      if (!(await this.isFolder(parts.slice(0, depth).join('/')))) return undefined;
    }
    const file = await opened(join(this.folder, path), path);
    if (!file) return undefined;
    try {
      const about = await file.stat();
      mustBeRegular(path, about);
      mustNotExceed(path, about.size, limits[kind]);
      return { file, size: about.size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private async isFolder(path: string): Promise<boolean> {
    if (this.known.has(path)) return true;
    try {
      await this.mustBeFolder(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  private async mustBeFolder(path: string): Promise<void> {
    if (this.known.has(path)) return;
    const about = await lstat(join(this.folder, path));
    if (about.isSymbolicLink()) throw linkRefused(path);
    if (!about.isDirectory()) throw new BundleError('bundle-type-refused', `${shown(path)} is no folder`);
    this.known.add(path);
  }
}

async function opened(place: string, path: string): Promise<FileHandle | undefined> {
  try {
    // Without waiting: a pipe that nobody writes to would hold the reader for ever.
    return await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return undefined;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'EMLINK') throw linkRefused(path);
    if (code === 'ENXIO') throw new BundleError('bundle-type-refused', `${shown(path)} is no regular file`);
    throw error;
  }
}

function mustBeRegular(path: string, about: { isSymbolicLink(): boolean; isFile(): boolean }): void {
  if (about.isSymbolicLink()) throw linkRefused(path);
  if (!about.isFile()) throw new BundleError('bundle-type-refused', `${shown(path)} is no regular file`);
}

function linkRefused(path: string): BundleError {
  return new BundleError('bundle-link-refused', `${shown(path)} is a link; a bundle has regular files only`);
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
