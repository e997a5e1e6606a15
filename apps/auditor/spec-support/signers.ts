import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { verifierKey, type NoteSigner } from '@ardoise/ledger';
import { idOf, rawPublicKey, type SigningKey } from '@ardoise/signing';

/** An Ed25519 key that a word leads to: the same in each run, so that a test's bytes are the same too. */
export function throwAwayKey(word: string): SigningKey {
  const seed = createHash('sha256').update(`ardoise/test-key/${word}`).digest();
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key: KeyObject = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  return {
    id: idOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: async (bytes) => sign(null, bytes, key),
  };
}

export function signerOf(name: string, type: 0x01 | 0x04, key: SigningKey): NoteSigner {
  return { key: verifierKey(name, type, rawPublicKey(key.publicKey)), sign: (message) => key.sign(message) };
}
