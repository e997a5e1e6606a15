import { createHash } from 'node:crypto';
import { randomId } from '@ardoise/format';
import { altered, BlobError } from './errors';
import { blobSecret, type BlobPlace } from './layout';
import { openBlob, sealBlob, type SealedFile } from './sealing';
import type { BlobStore, StoredBlob } from './store';

/** What an event says of a blob; it concerns nobody. */
export interface RecordedBlob extends SealedFile {
  /** Id of the blob. */
  readonly blob: string;
}

/** Whose key seals a blob. */
export interface BlobUnit {
  readonly unit: string;
  readonly fingerprint: string;
  readonly key: Buffer;
}

/** A blob whose beginning is right. */
export interface OpenedBlob {
  /** Read once; reading to the end or stopping ends the file. */
  readonly content: AsyncIterable<Buffer>;
  /** Ends the file, also where nothing was read. Can be repeated. */
  readonly close: () => Promise<void>;
}

/** What a look at a file found; the key is not needed for it. */
export type BlobState = 'sound' | 'missing' | 'altered' | 'unreadable';

/** Blobs, sealed under retention units, in a store. */
export class Blobs {
  constructor(readonly store: BlobStore) {}

  /** Seals and stores; durable when it resolves. */
  async write(organisation: string, unit: BlobUnit, content: AsyncIterable<Uint8Array>): Promise<RecordedBlob> {
    const blob = randomId();
    const secret = blobSecret(placeOf(organisation, blob, unit), unit.key);
    const hash = createHash('sha256');
    let length = 0;
    const measured = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of sealBlob(secret, content)) {
        hash.update(piece);
        length += piece.length;
        yield piece;
      }
    };
    await this.store.write(organisation, blob, measured());
    return { blob, length, digest: hash.digest('hex') };
  }

  /**
   * Opens a blob: the file's length and the first chunk are right when this resolves, each further chunk is when it is
   * given, and the last one is given only if the whole file is what was recorded.
   * @throws BlobError also while reading
   */
  async read(organisation: string, unit: BlobUnit, recorded: RecordedBlob): Promise<OpenedBlob> {
    const { blob, length } = recorded;
    const stored = await this.store.open(organisation, blob);
    try {
      if (stored.length !== length) throw altered(blob, 'its length is not the one on record');
      const secret = blobSecret(placeOf(organisation, blob, unit), unit.key);
      const content = openBlob(secret, recorded, stored.bytes);
      const first = await content.next();
      return { content: following(first, content, stored), close: () => stored.close() };
    } catch (error) {
      await stored.close();
      throw error;
    }
  }

  /** Compares a file with what is on record, without any key. */
  async check(organisation: string, { blob, length, digest }: RecordedBlob): Promise<BlobState> {
    try {
      const stored = await this.store.open(organisation, blob);
      if (stored.length !== length) {
        await stored.close();
        return 'altered';
      }
      const hash = createHash('sha256');
      for await (const piece of stored.bytes) hash.update(piece);
      return hash.digest('hex') === digest ? 'sound' : 'altered';
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      return error.code === 'blob-missing' ? 'missing' : 'unreadable';
    }
  }
}

function placeOf(organisation: string, blob: string, { unit, fingerprint }: BlobUnit): BlobPlace {
  return { organisation, blob, unit, fingerprint };
}

async function* following(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer>,
  stored: StoredBlob,
): AsyncGenerator<Buffer> {
  try {
    if (first.done) return;
    yield first.value;
    yield* rest;
  } finally {
    await stored.close();
  }
}
