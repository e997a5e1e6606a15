import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const bufferSize = 65_536;
const lengthSize = 2;

interface Part {
  readonly file: number;
  readonly buffer: Buffer;
  used: number;
  /** Bytes in the file. */
  written: number;
}

/**
 * Records by a key, spread over files: all records of one key are in one of them, in the order in which they came, and
 * few enough keys are in each to be held in memory together. Where a key goes depends on a secret number, so that nobody
 * can choose keys that all meet in one file.
 */
export class Partitions {
  private readonly parts: Part[];

  /** @param lengths bytes of each file that are to be kept, when work is gone on with; else they begin empty */
  constructor(
    folder: string,
    name: string,
    readonly count: number,
    private readonly secret: number,
    lengths?: readonly number[],
  ) {
    this.parts = Array.from({ length: count }, (_, index) => {
      const file = openSync(join(folder, `${name}.${index}`), lengths ? 'r+' : 'w+', 0o600);
      const written = lengths?.[index] ?? 0;
      ftruncateSync(file, written);
      return { file, buffer: Buffer.allocUnsafe(bufferSize), used: 0, written };
    });
  }

  /**
   * Adds a record of `length` bytes to that key's file. The caller writes it into the buffer, from the offset on, at once:
   * `put` is called with both.
   */
  add(bytes: Buffer, from: number, to: number, length: number, put: (buffer: Buffer, at: number) => void): void {
    const part = this.parts[this.partOf(bytes, from, to)] as Part;
    if (part.used + lengthSize + length > bufferSize) flush(part);
    part.buffer.writeUInt16LE(length, part.used);
    put(part.buffer, part.used + lengthSize);
    part.used += lengthSize + length;
  }

  /** Brings everything into the files; gives their lengths. */
  flush(): number[] {
    return this.parts.map((part) => {
      flush(part);
      return part.written;
    });
  }

  /** The records of one file, in their order: views that are good until the next one. */
  *read(index: number): Generator<Buffer> {
    const part = this.parts[index] as Part;
    flush(part);
    const buffer = Buffer.allocUnsafe(4 * bufferSize);
    let [at, end] = [0, 0];
    for (let done = 0; done < part.written || at < end;) {
      if (done < part.written) {
        buffer.copyWithin(0, at, end);
        end -= at;
        at = 0;
        const count = readSync(part.file, buffer, end, Math.min(buffer.length - end, part.written - done), done);
        if (count === 0) throw new Error('a temporary file has become shorter');
        done += count;
        end += count;
      }
      while (at + lengthSize <= end) {
        const next = at + lengthSize + buffer.readUInt16LE(at);
        if (next > end) break;
        yield buffer.subarray(at + lengthSize, next);
        at = next;
      }
      if (done >= part.written && at < end) throw new Error('a temporary file ends within a record');
    }
  }

  close(): void {
    for (const { file } of this.parts) closeSync(file);
  }

  /** FNV-1a over the key's bytes, beginning with the secret. */
  private partOf(bytes: Buffer, from: number, to: number): number {
    let hash = this.secret;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    return (hash >>> 8) % this.count;
  }
}

function flush(part: Part): void {
  for (let done = 0; done < part.used;) {
    const count = writeSync(part.file, part.buffer, done, part.used - done, part.written);
    done += count;
    part.written += count;
  }
  part.used = 0;
}
