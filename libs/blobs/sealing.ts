import { createHash } from 'node:crypto';
import { randomBytes, type Randomness } from '@ardoise/format';
import { altered } from './errors';
import {
  chunkLength,
  chunkLengths,
  headerLength,
  openChunk,
  padded,
  prefixLength,
  readBlobHeader,
  sealChunk,
  tagLength,
  unpadded,
  writeBlobHeader,
  type BlobSecret,
} from './layout';

/** The bytes of a blob's file, piece by piece: never more than two chunks in memory, whatever the size. */
export async function* sealBlob(
  secret: BlobSecret,
  content: AsyncIterable<Uint8Array>,
  random: Randomness = randomBytes,
): AsyncGenerator<Buffer, void, undefined> {
  const prefix = random(prefixLength);
  yield writeBlobHeader(prefix);
  const chunk = Buffer.alloc(chunkLength);
  let [filled, index] = [0, 0];
  for await (const piece of content) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + chunkLength - filled);
      chunk.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < chunkLength) continue;
      // Never the last one: the end of the content is marked, so at least one byte follows.
      yield sealChunk(secret, prefix, index++, false, chunk);
      filled = 0;
    }
  }
  yield sealChunk(secret, prefix, index, true, padded(chunk.subarray(0, filled)));
}

/** What is on record of a file. */
export interface SealedFile {
  /** Bytes of the whole file. */
  readonly length: number;
  /** SHA-256 of the whole file, hexadecimal. */
  readonly digest: string;
}

/**
 * The content of a blob's file. Each chunk is authenticated before any of it is given, and the last one is given only
 * when length and digest of the whole file are those on record.
 * @throws BlobError `blob-altered`
 */
export async function* openBlob(
  secret: BlobSecret,
  file: SealedFile,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const { blob } = secret;
  const { count, last } = chunkLengths(file.length, blob);
  const hash = createHash('sha256');
  const reader = new ExactReader(bytes, blob);
  const header = await reader.take(headerLength);
  hash.update(header);
  const prefix = readBlobHeader(header, blob);
  for (let index = 0; index < count; index++) {
    const isLast = index === count - 1;
    const sealed = await reader.take(isLast ? last : chunkLength + tagLength);
    hash.update(sealed);
    const chunk = openChunk(secret, prefix, index, isLast, sealed);
    if (!isLast) {
      yield chunk;
      continue;
    }
    const rest = unpadded(chunk, blob);
    await reader.end();
    if (hash.digest('hex') !== file.digest) throw altered(blob, 'its digest is not the one on record');
    if (rest.length > 0) yield rest;
  }
}

/** Takes exactly so many bytes at a time from pieces of any size. */
class ExactReader {
  private readonly pieces: AsyncIterator<Buffer>;
  private waiting: Buffer[] = [];
  private available = 0;

  constructor(
    bytes: AsyncIterable<Buffer>,
    private readonly blob: string,
  ) {
    this.pieces = bytes[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    while (this.available < length) {
      const next = await this.pieces.next();
      if (next.done === true) throw altered(this.blob, 'it is cut off');
      this.waiting.push(next.value);
      this.available += next.value.length;
    }
    const all = this.waiting.length === 1 ? (this.waiting[0] as Buffer) : Buffer.concat(this.waiting);
    this.waiting = all.length === length ? [] : [all.subarray(length)];
    this.available -= length;
    return all.subarray(0, length);
  }

  async end(): Promise<void> {
    while (this.available === 0) {
      const next = await this.pieces.next();
      if (next.done === true) return;
      this.available += next.value.length;
    }
    throw altered(this.blob, 'it is overlong');
  }
}
