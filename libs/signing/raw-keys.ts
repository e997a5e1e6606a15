import { createPublicKey } from 'node:crypto';

/** What stands before the 32 bytes of a key in an Ed25519 key's SPKI in DER (RFC 8410, section 4). */
const prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The 32 bytes of an Ed25519 public key (RFC 8032) that is given as SPKI in PEM. */
export function rawPublicKey(pem: string): Buffer {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  if (der.length !== prefix.length + 32 || !der.subarray(0, prefix.length).equals(prefix)) {
    throw new RangeError('this is no Ed25519 public key');
  }
  return Buffer.from(der.subarray(prefix.length));
}

/** The SPKI in PEM of the 32 bytes of an Ed25519 public key. @throws RangeError for another length */
export function pemOfRaw(publicKey: Buffer): string {
  if (publicKey.length !== 32) throw new RangeError('an Ed25519 public key has 32 bytes');
  const key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: 'der', type: 'spki' });
  return key.export({ type: 'spki', format: 'pem' }) as string;
}
