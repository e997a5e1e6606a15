import { createPublicKey, verify } from 'node:crypto';

/** What stands before the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Whether the signature (64 bytes) of the message verifies under the public key (32 bytes), Ed25519 of RFC 8032. Never
 * throws: a key that is no point and a signature of another length verify nothing. The only place of this library that
 * verifies one, so that it can be replaced where there is no Node (then as strictly: not the rules of ZIP 215).
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
