import { open, type FileHandle } from 'node:fs/promises';
import { compressionOf } from './compressed';
import { BundleError } from './errors';
import { limits, mostFiles, mustBeOfLayout, mustNotExceed, shown } from './layout';
import type { LedgerFiles } from './ledger-files';
import { block, isZero, padded, parseHeader } from './ustar';

interface Place {
  readonly offset: number;
  readonly size: number;
}

const pieceLength = 2 ** 18;

/** A bundle as one ustar archive, read at random: its headers are gone through once, its files when they are asked for. */
export class ArchiveFiles implements LedgerFiles {
  private constructor(
    private readonly file: FileHandle,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /** Reads and checks every header, the padding of every file and the end. @throws BundleError */
  static async open(path: string): Promise<ArchiveFiles> {
    const file = await open(path, 'r');
    try {
      return new ArchiveFiles(file, await indexOf(file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    mustBeOfLayout(path);
    const place = this.places.get(path);
    if (!place) return undefined;
    mustNotExceed(path, place.size, limit);
    return readAt(this.file, place.offset, place.size);
  }

  async *stream(path: string): AsyncGenerator<Buffer> {
    mustBeOfLayout(path);
    const place = this.places.get(path);
    if (!place) throw new BundleError('bundle-not-found', `the bundle has no ${shown(path)}`);
    for (let done = 0; done < place.size; done += pieceLength) {
      yield await readAt(this.file, place.offset + done, Math.min(pieceLength, place.size - done));
    }
  }

  async list(): Promise<string[]> {
    return [...this.places.keys()].sort();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function indexOf(file: FileHandle): Promise<Map<string, Place>> {
  const { size: length } = await file.stat();
  const window = new Window(file, length);
  const beginning = await window.at(0, Math.min(block, length));
  const packed = compressionOf(beginning);
  if (packed !== undefined) {
    throw new BundleError(
      'bundle-compressed',
      `the archive is compressed (${packed}); a bundle is not, unpack it first`,
    );
  }
  if (length >= block && !isZero(beginning) && beginning.toString('latin1', 257, 262) !== 'ustar') {
    throw new BundleError('bundle-not-recognised', 'the file is no archive of a ledger (ustar)');
  }
  const places = new Map<string, Place>();
  let at = 0;
  for (;;) {
    const header = await window.at(at, block);
    if (isZero(header)) break;
    const { path, size } = parseHeader(header);
    mustNotExceed(path, size, limits[mustBeOfLayout(path)]);
    if (places.has(path)) throw new BundleError('bundle-duplicate', `${shown(path)} is in the archive twice`);
    if (places.size >= mostFiles)
      throw new BundleError('bundle-too-many-files', `a bundle has at most ${mostFiles} files`);
    const offset = at + block;
    const end = offset + padded(size);
    if (end > length) throw new BundleError('bundle-truncated', `the archive ends within ${shown(path)}`);
    if (!isZero(await window.at(offset + size, end - offset - size))) {
      throw new BundleError('bundle-malformed', `there is something between ${shown(path)} and what follows it`);
    }
    places.set(path, { offset, size });
    at = end;
  }
  await mustEnd(window, at, length);
  return places;
}

async function mustEnd(window: Window, at: number, length: number): Promise<void> {
  if (!isZero(await window.at(at, 2 * block))) {
    throw new BundleError('bundle-malformed', 'the archive goes on after a block of zeros');
  }
  if (length !== at + 2 * block) throw new BundleError('bundle-malformed', 'the archive goes on after its end');
}

/** Small reads that follow each other, out of larger ones. */
class Window {
  private from = 0;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(
    private readonly file: FileHandle,
    private readonly length: number,
  ) {}

  async at(offset: number, size: number): Promise<Buffer> {
    if (offset + size > this.length) throw new BundleError('bundle-truncated', 'the archive ends before its end');
    if (offset < this.from || offset + size > this.from + this.bytes.length) {
      this.bytes = await readAt(this.file, offset, Math.min(Math.max(size, 64 * block), this.length - offset));
      this.from = offset;
    }
    return this.bytes.subarray(offset - this.from, offset - this.from + size);
  }
}

/** @throws BundleError `bundle-truncated` when the file has become shorter meanwhile */
async function readAt(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, offset + done);
    if (bytesRead === 0) throw new BundleError('bundle-truncated', 'the archive ends before its end');
    done += bytesRead;
  }
  return bytes;
}
