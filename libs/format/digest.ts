import { createHash, createHmac, hash } from 'node:crypto';

/**
 * Length-prefixed concatenation: each part is preceded by its length in bytes as an unsigned 32-bit big-endian
 * number, so that no two different lists of parts give the same bytes. A string stands for its UTF-8 bytes.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  let size = 0;
  for (const part of parts) size += 4 + (typeof part === 'string' ? Buffer.byteLength(part) : part.length);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    const length = typeof part === 'string' ? bytes.write(part, at + 4) : part.length;
    if (typeof part !== 'string') bytes.set(part, at + 4);
    bytes.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return bytes;
}

/** SHA-256 (FIPS 180-4) of the given bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** SHA-256 of several pieces one after the other, without joining them. */
export function sha256Of(pieces: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256');
  for (const piece of pieces) digest.update(piece);
  return digest.digest();
}

/** HMAC-SHA256 (RFC 2104) over the length-prefixed parts, 32 bytes. */
export function hmac(key: Uint8Array, parts: readonly (string | Uint8Array)[]): Buffer {
  return createHmac('sha256', key).update(lengthPrefixed(parts)).digest();
}
