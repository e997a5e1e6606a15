import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { verifierKey, type NoteSigner } from '..';

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer whose private key is the seed, 32 times one byte: the same at every run. */
export function signerOf(name: string, type: 0x01 | 0x04 = 0x01, seed = 7): NoteSigner {
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
  return { key: verifierKey(name, type, publicKey), sign: async (message) => sign(null, message, key) };
}
