import { canonicalBytes, sha256, type Json } from '@ardoise/format';
import type { Policy } from './policy';

/**
 * SHA-256 over the profile's canonical JSON (RFC 8785), 64 hexadecimal digits. Comments, order and layout of the file
 * do not change it; any value does. It is recorded with each policy version, so that a version can be proved later.
 */
export function digestOf(policy: Policy): string {
  return sha256(canonicalBytes(policy as unknown as Json)).toString('hex');
}
