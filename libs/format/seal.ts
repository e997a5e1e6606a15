import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hmac, lengthPrefixed } from './digest';
import { FormatError } from './errors';
import { randomBytes, type Randomness } from './ids';

export const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;
const sectionLabel = 'ardoise/section/1';
const fingerprintLabel = 'ardoise/fingerprint/1';

/** What a section is bound to besides its key. A ciphertext moved to any other place does not open. */
export interface SectionPlace {
  readonly organisation: string;
  readonly stream: string;
  readonly event: string;
  readonly type: string;
  readonly schema: number;
  /** Index of the section in its event, from 0. */
  readonly index: number;
  readonly category: string;
  readonly unit: string;
  readonly fingerprint: string;
  readonly commitment: string;
}

/** The associated data of a section's ciphertext: label with the format version, then the place, length-prefixed. */
export function associatedData(place: SectionPlace): Buffer {
  return lengthPrefixed([
    sectionLabel,
    place.organisation,
    place.stream,
    place.event,
    place.type,
    String(place.schema),
    String(place.index),
    place.category,
    place.unit,
    place.fingerprint,
    place.commitment,
  ]);
}

/** AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: nonce, ciphertext, 128-bit tag. */
export function encrypt(
  key: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
  random: Randomness = randomBytes,
): Buffer {
  const nonce = random(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(associated);
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/**
 * Opens what `encrypt` made.
 * @throws FormatError `section-not-authentic` when key, bytes or associated data are not the ones it was made with.
 */
export function decrypt(key: Uint8Array, sealed: Buffer, associated: Uint8Array): Buffer {
  if (sealed.length < nonceLength + tagLength) throw notAuthentic();
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const body = decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength));
  try {
    decipher.final();
  } catch {
    throw notAuthentic();
  }
  return body;
}

/** A key's fingerprint: HMAC under the key itself of a label and the unit's id, 64 hexadecimal digits. */
export function fingerprintOf(key: Uint8Array, unit: string): string {
  return hmac(key, [fingerprintLabel, unit]).toString('hex');
}

function notAuthentic(): FormatError {
  return new FormatError('section-not-authentic', 'a section does not open under its key: it was altered or moved');
}
