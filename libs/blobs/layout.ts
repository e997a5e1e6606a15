import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { keyLength, lengthPrefixed } from '@ardoise/format';
import { altered } from './errors';

/** Bytes of plaintext in each chunk but the last. */
export const chunkLength = 65_536;
/** The padded plaintext is a multiple of so many bytes. */
export const paddingBlock = 4_096;
export const tagLength = 16;
export const prefixLength = 7;
/** Magic, version, nonce prefix. */
export const headerLength = 16;

const magic = Buffer.from('ard-blob', 'ascii');
const version = 1;
const label = 'ardoise/blob/1';
const keyLabel = 'ardoise/blob-key/1';
/** Ends the content, as in ISO/IEC 7816-4; zeros follow. */
const contentEnd = 0x80;

/** What a blob is sealed under, and bound to. Moved to any other place it does not open. */
export interface BlobPlace {
  readonly organisation: string;
  /** Id of the blob: random, used once. */
  readonly blob: string;
  /** The retention unit whose key seals it. */
  readonly unit: string;
  /** Of the unit's key. */
  readonly fingerprint: string;
}

/** A blob's own key, and the associated data of all of its chunks. */
export interface BlobSecret {
  readonly blob: string;
  readonly key: Buffer;
  readonly associated: Buffer;
}

/** HKDF-SHA256 (RFC 5869) of the unit's key, without salt, with the blob's id in the info. */
export function blobSecret(place: BlobPlace, unitKey: Uint8Array): BlobSecret {
  const { organisation, blob, unit, fingerprint } = place;
  const info = lengthPrefixed([keyLabel, blob]);
  return {
    blob,
    key: Buffer.from(hkdfSync('sha256', unitKey, Buffer.alloc(0), info, keyLength)),
    associated: lengthPrefixed([label, organisation, blob, unit, fingerprint]),
  };
}

export function writeBlobHeader(prefix: Buffer): Buffer {
  return Buffer.concat([magic, Buffer.of(version), prefix]);
}

/** The nonce prefix. @throws BlobError `blob-altered` */
export function readBlobHeader(header: Buffer, blob: string): Buffer {
  if (header.length !== headerLength || !header.subarray(0, magic.length).equals(magic)) {
    throw altered(blob, 'it does not begin as a blob does');
  }
  if (header[magic.length] !== version) throw altered(blob, 'its version is not known');
  return header.subarray(headerLength - prefixLength);
}

/**
 * STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk is the prefix, its index, and whether it is
 * the last. So no chunk opens at another index, and a file that was cut off or went on does not open at its end.
 */
function nonceOf(prefix: Buffer, index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(prefixLength + 5);
  prefix.copy(nonce);
  nonce.writeUInt32BE(index, prefixLength);
  nonce.writeUInt8(last ? 1 : 0, prefixLength + 4);
  return nonce;
}

export function sealChunk(secret: BlobSecret, prefix: Buffer, index: number, last: boolean, chunk: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', secret.key, nonceOf(prefix, index, last), { authTagLength: tagLength });
  cipher.setAAD(secret.associated);
  const body = cipher.update(chunk);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
}

/** @throws BlobError `blob-altered`; nothing of a chunk that does not authenticate is given. */
export function openChunk(secret: BlobSecret, prefix: Buffer, index: number, last: boolean, sealed: Buffer): Buffer {
  const nonce = nonceOf(prefix, index, last);
  const decipher = createDecipheriv('aes-256-gcm', secret.key, nonce, { authTagLength: tagLength });
  decipher.setAAD(secret.associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const chunk = decipher.update(sealed.subarray(0, sealed.length - tagLength));
  try {
    decipher.final();
  } catch {
    throw altered(secret.blob, `chunk ${index} does not authenticate`);
  }
  return chunk;
}

/** The last chunk: what is left of the content, its end, and zeros up to a multiple of the block. */
export function padded(rest: Buffer): Buffer {
  const chunk = Buffer.alloc(Math.ceil((rest.length + 1) / paddingBlock) * paddingBlock);
  rest.copy(chunk);
  chunk[rest.length] = contentEnd;
  return chunk;
}

/** What is left of the content in the last chunk. @throws BlobError `blob-altered` */
export function unpadded(chunk: Buffer, blob: string): Buffer {
  let end = chunk.length - 1;
  while (end > 0 && chunk[end] === 0) end--;
  if (chunk[end] !== contentEnd || chunk.length - end > paddingBlock) throw altered(blob, 'its padding is not ours');
  return chunk.subarray(0, end);
}

/** Bytes of the whole file that holds so many bytes of content. */
export function sealedLength(content: number): number {
  const total = Math.ceil((content + 1) / paddingBlock) * paddingBlock;
  return headerLength + total + Math.ceil(total / chunkLength) * tagLength;
}

/** Lengths of a file's sealed chunks. @throws BlobError `blob-altered` where no file of ours is so long. */
export function chunkLengths(length: number, blob: string): { readonly count: number; readonly last: number } {
  const sealed = chunkLength + tagLength;
  const body = length - headerLength;
  const count = Math.ceil(body / sealed);
  const last = body - (count - 1) * sealed;
  const fits = body > 0 && last > tagLength && (last - tagLength) % paddingBlock === 0;
  if (!fits) throw altered(blob, 'it is cut off or overlong');
  return { count, last };
}
