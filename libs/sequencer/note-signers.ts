import { noteType, type NoteSigner, verifierKey } from '@ardoise/ledger';
import { rawPublicKey, type SigningKey } from '@ardoise/signing';

/** A key as it signs a tree's checkpoints: under the tree's name. */
export function noteSigner(key: SigningKey, origin: string): NoteSigner {
  return { key: verifierKey(origin, noteType, rawPublicKey(key.publicKey)), sign: (message) => key.sign(message) };
}
