import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HandedFile } from '../../keys/handed-over';

/** What a file is called until it is whole. */
export const draftEnding = '.part';

/** A file that is there whole and durable or not at all: written under another name, then renamed. For its owner alone. */
export class WrittenFile {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(path: string): Promise<WrittenFile> {
    return new WrittenFile(path, await open(path + draftEnding, 'wx', 0o600));
  }

  async write(piece: Buffer | string): Promise<void> {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.hash.update(buffer);
    this.bytes += buffer.length;
    await this.file.appendFile(buffer);
  }

  /** Its name is durable when its folder is. */
  async finish(): Promise<HandedFile> {
    await this.file.sync();
    await this.file.close();
    await rename(this.path + draftEnding, this.path);
    return { file: basename(this.path), bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  /** What was written goes; a draft that is left by a crash is removed by the next hand-over. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await unlink(this.path + draftEnding).catch(() => undefined);
  }
}

export async function writeWhole(path: string, pieces: AsyncIterable<Buffer | string>): Promise<HandedFile> {
  const file = await WrittenFile.create(path);
  try {
    for await (const piece of pieces) await file.write(piece);
    return await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** Whether a file of the folder is there with these bytes; they are read. */
export async function isThere(folder: string, { file, bytes, sha256 }: HandedFile): Promise<boolean> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const piece of createReadStream(join(folder, file)) as AsyncIterable<Buffer>) {
      hash.update(piece);
      length += piece.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return length === bytes && hash.digest('hex') === sha256;
}
