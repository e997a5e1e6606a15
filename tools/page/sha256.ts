import { sha256 as digest } from '@noble/hashes/sha2.js';
import { Buffer } from './buffer';

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(digest(Buffer.concat([...parts])));
}
