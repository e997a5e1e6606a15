import { checkHash, decodeBase64 } from './encoding';
import { LedgerError } from './errors';
import { sha256 } from './sha256';

/** Ed25519 over the text of a note. */
export const noteType = 0x01;
/** Ed25519 over a checkpoint and a time: a witness's cosignature (c2sp.org/tlog-cosignature). */
export const cosignatureType = 0x04;

export type SignatureType = typeof noteType | typeof cosignatureType;

/** The public part of a key that signs notes (c2sp.org/signed-note). */
export interface VerifierKey {
  readonly name: string;
  /** 4 bytes that stand before each of its signatures. */
  readonly id: Buffer;
  readonly type: SignatureType;
  /** 32 bytes, as in RFC 8032. */
  readonly publicKey: Buffer;
}

/** No Unicode space and no plus, which end a name; no control character, which no note may have. */
const nameForm = /^[^\s\p{Z}\p{Cc}\p{Cs}+]+$/u;
const nameLimit = 1000;

/** @throws LedgerError `key-name-refused` */
export function checkKeyName(name: string): void {
  if (name.length <= nameLimit && nameForm.test(name)) return;
  throw new LedgerError(
    'key-name-refused',
    `a key's name has 1 to ${nameLimit} characters, none of them a space or a plus`,
  );
}

/**
 * The key of that name; its id is SHA-256(name ‖ 0A ‖ type ‖ public key)[:4].
 * @throws LedgerError `key-name-refused`, `key-type-refused`, `hash-malformed` unless the public key has 32 bytes.
 */
export function verifierKey(name: string, type: SignatureType, publicKey: Buffer): VerifierKey {
  checkKeyName(name);
  if (type !== noteType && type !== cosignatureType) {
    throw new LedgerError('key-type-refused', 'a key signs notes (1) or cosigns checkpoints (4)');
  }
  checkHash(publicKey, 'a public key');
  const id = sha256(Buffer.from(`${name}\n`), Buffer.of(type), publicKey).subarray(0, 4);
  return { name, id: Buffer.from(id), type, publicKey: Buffer.from(publicKey) };
}

/**
 * The key in `<name>+<id, 8 hexadecimal digits>+<base64 of type and public key>`.
 * @throws LedgerError `verifier-key-malformed`, `verifier-key-type-unknown` (neither Ed25519 over a note nor over a
 * cosignature), `verifier-key-id-differs` from the one that follows from the rest.
 */
export function parseVerifierKey(text: string): VerifierKey {
  const malformed = new LedgerError(
    'verifier-key-malformed',
    'a verifier key is name, id and public key, joined by plus',
  );
  const [, name, id, encoded] = /^([^+]{1,1000})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{4,4096})$/.exec(text) ?? [];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (name === undefined || !bytes || !nameForm.test(name)) throw malformed;
  const type = bytes[0];
  if (type !== noteType && type !== cosignatureType) {
    throw new LedgerError(
      'verifier-key-type-unknown',
      `the verifier key is of type ${type}; known are 1 and 4 (Ed25519)`,
    );
  }
  if (bytes.length !== 33) throw malformed;
  const key = verifierKey(name, type, bytes.subarray(1));
  if (key.id.toString('hex') !== id) {
    throw new LedgerError(
      'verifier-key-id-differs',
      "the verifier key's id does not follow from its name and public key",
    );
  }
  return key;
}

/** `<name>+<id>+<base64 of type and public key>` */
export function formatVerifierKey(key: VerifierKey): string {
  const encoded = Buffer.concat([Buffer.of(key.type), key.publicKey]).toString('base64');
  return `${key.name}+${key.id.toString('hex')}+${encoded}`;
}

/** Whether they are one key: of one name and type, with one public key. */
export function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && a.type === b.type && a.id.equals(b.id) && a.publicKey.equals(b.publicKey);
}
