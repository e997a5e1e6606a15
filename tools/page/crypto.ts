/** What of node:crypto a verifier calls. It makes no keys, seals nothing and opens nothing. */
import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer } from './buffer';

export function hash(algorithm: string, data: Uint8Array, encoding: 'hex' | 'binary'): string {
  if (algorithm !== 'sha256') throw new Error(`a page computes no ${algorithm}`);
  return Buffer.from(sha256(data)).toString(encoding);
}

const absent = (): never => {
  throw new Error('a page has no keys');
};

export const createHmac = absent;
export const createCipheriv = absent;
export const createDecipheriv = absent;
export const createHash = absent;
export const createPublicKey = absent;
export const randomFillSync = absent;
export const randomBytes = absent;
export const timingSafeEqual = absent;
export const verify = absent;
