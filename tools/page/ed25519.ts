import { ed25519 } from '@noble/curves/ed25519.js';

/** As strict as Node: the rules of RFC 8032, not those of ZIP 215. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return ed25519.verify(Uint8Array.from(signature), Uint8Array.from(message), Uint8Array.from(publicKey), {
      zip215: false,
    });
  } catch {
    return false;
  }
}
