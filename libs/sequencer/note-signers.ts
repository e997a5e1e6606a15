import { createPublicKey } from 'node:crypto';
import { type NoteSigner, verifierKey } from '@ardoise/ledger';
import type { SigningKey } from '@ardoise/signing';

const noteType = 0x01;

/** A key as it signs a tree's checkpoints: under the tree's name. */
export function noteSigner(key: SigningKey, origin: string): NoteSigner {
  return { key: verifierKey(origin, noteType, rawPublicKey(key.publicKey)), sign: (message) => key.sign(message) };
}

/** The 32 bytes of an Ed25519 public key (RFC 8032). */
function rawPublicKey(pem: string): Buffer {
  const { x } = createPublicKey(pem).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}
