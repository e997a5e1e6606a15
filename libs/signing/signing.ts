import { createHash, createPublicKey, verify as verifySignature, type KeyObject } from 'node:crypto';

/** An Ed25519 key that signs; where the private part is, is the provider's business. */
export interface SigningKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the public key's SPKI in DER. */
  readonly id: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
  /** The 64 bytes of an Ed25519 signature (RFC 8032). */
  sign(bytes: Buffer): Promise<Buffer>;
}

export type SigningErrorCode = 'signing-key-missing' | 'signing-key-refused' | 'signing-key-failed';

/** A signing key cannot be used; the message names the file and says what would be right. */
export class SigningError extends Error {
  override readonly name = 'SigningError';

  constructor(
    readonly code: SigningErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the signature is the key's over these very bytes. @throws SigningError when this is no Ed25519 key */
export function verify(publicKey: string, bytes: Buffer, signature: Buffer): boolean {
  return verifySignature(null, bytes, publicKeyOf(publicKey), signature);
}

/** The id that a public key goes by. @throws SigningError when this is no Ed25519 key */
export function signingKeyId(publicKey: string): string {
  return idOf(publicKeyOf(publicKey));
}

export function idOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

function publicKeyOf(pem: string): KeyObject {
  // Node would take a private key's PEM too, and give its public part: whoever hands that around is to be told.
  if (!/^-----BEGIN PUBLIC KEY-----\r?\n/.test(pem.trimStart())) throw refused();
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    throw refused();
  }
  throw refused();
}

const refused = (): SigningError =>
  new SigningError('signing-key-refused', 'this is no Ed25519 public key (SPKI in PEM, "-----BEGIN PUBLIC KEY-----")');
