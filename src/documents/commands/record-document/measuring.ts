import { createHash } from 'node:crypto';
import type { DocumentContent } from '../../domain/document';

/** Bytes that pass, and afterwards what they were. */
export interface Measured {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Only when all bytes have passed. */
  readonly result: () => DocumentContent;
}

export function measured(content: AsyncIterable<Uint8Array>): Measured {
  const hash = createHash('sha256');
  let length = 0;
  const passing = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      hash.update(piece);
      length += piece.length;
      yield piece;
    }
  };
  return { bytes: passing(), result: () => ({ length, digest: hash.digest('hex') }) };
}

/** Lets all bytes pass and keeps none. */
export async function measure(content: AsyncIterable<Uint8Array>): Promise<DocumentContent> {
  const { bytes, result } = measured(content);
  const passing = bytes[Symbol.asyncIterator]();
  while ((await passing.next()).done !== true);
  return result();
}
