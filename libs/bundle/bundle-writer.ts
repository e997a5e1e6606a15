import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@ardoise/private-files';
import { BundleError } from './errors';
import { limits, mustBeOfLayout, mustNotExceed, shown } from './layout';
import { block, formatHeader, padded } from './ustar';

/** What an archive is called until it is whole. */
export const draftEnding = '.part';
/** Small files are gathered up to this many bytes before they are written. */
const gathered = 2 ** 20;

/**
 * Writes a bundle as one archive, in bounded memory. It is there whole and durable or not at all: under another name
 * until `finish`. For its owner alone.
 */
export class BundleWriter {
  private readonly paths = new Set<string>();
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** Bytes that are in the file. */
  private written = 0;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly modified: number,
  ) {}

  /**
   * @param path where the archive shall be; a draft that another process left there is removed
   * @param madeAt what unpacked files show as their time
   * @throws BundleError `bundle-exists`
   */
  static async create(path: string, madeAt: Date): Promise<BundleWriter> {
    await mustBeFree(path);
    await unlink(path + draftEnding).catch(() => undefined);
    const file = await open(path + draftEnding, 'wx', 0o600);
    return new BundleWriter(path, file, Math.floor(madeAt.getTime() / 1000));
  }

  /** Bytes so far. */
  get size(): number {
    return this.written + this.pendingBytes;
  }

  get files(): number {
    return this.paths.size;
  }

  /** @param content whole, or in pieces; of those the length need not be known before */
  async add(path: string, content: Buffer | AsyncIterable<Buffer | string>): Promise<void> {
    const kind = mustBeOfLayout(path);
    if (this.paths.has(path)) throw new BundleError('bundle-duplicate', `${shown(path)} is in the archive twice`);
    this.paths.add(path);
    if (Buffer.isBuffer(content)) {
      mustNotExceed(path, content.length, limits[kind]);
      await this.put(this.header(path, content.length), content, Buffer.alloc(padded(content.length) - content.length));
    } else await this.addPieces(path, content, limits[kind]);
  }

  /** Ends the archive, makes it durable, and gives it its name. @throws BundleError `bundle-exists` */
  async finish(): Promise<void> {
    await this.put(Buffer.alloc(2 * block));
    await this.flush();
    await this.file.sync();
    if (!(await this.isOurs())) throw taken();
    await this.file.close();
    await mustBeFree(this.path);
    await rename(this.path + draftEnding, this.path);
    await syncFolder(dirname(this.path));
  }

  /** What was written goes. */
  async abandon(): Promise<void> {
    const ours = await this.isOurs();
    await this.file.close().catch(() => undefined);
    if (ours) await unlink(this.path + draftEnding).catch(() => undefined);
  }

  /** Whether the draft's name is still that of the file that is written here: somebody else may export to it too. */
  private async isOurs(): Promise<boolean> {
    try {
      const [here, there] = await Promise.all([this.file.stat(), lstat(this.path + draftEnding)]);
      return here.dev === there.dev && here.ino === there.ino;
    } catch {
      return false;
    }
  }

  /** The header's place is kept free, and filled when the length is known. */
  private async addPieces(path: string, content: AsyncIterable<Buffer | string>, limit: number): Promise<void> {
    await this.flush();
    const at = this.written;
    await this.put(Buffer.alloc(block));
    let size = 0;
    for await (const piece of content) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      size += bytes.length;
      mustNotExceed(path, size, limit);
      await this.put(bytes);
    }
    await this.put(Buffer.alloc(padded(size) - size));
    await this.flush();
    await this.file.write(this.header(path, size), 0, block, at);
  }

  private header(path: string, size: number): Buffer {
    return formatHeader({ path, size, modified: this.modified });
  }

  private async put(...pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) this.pendingBytes += piece.length;
    this.pending.push(...pieces);
    if (this.pendingBytes >= gathered) await this.flush();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.written);
      done += bytesWritten;
      this.written += bytesWritten;
    }
  }
}

async function mustBeFree(path: string): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there) throw taken();
}

function taken(): BundleError {
  return new BundleError('bundle-exists', 'something is at the place of the archive already; it is left as it is');
}
