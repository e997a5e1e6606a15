import { FormatError } from './errors';

/**
 * Most bytes that an event's framed ciphertexts have together: with the longest header they stay below one mebibyte,
 * which is what log engines take in one append as they come.
 */
export const sectionsLimit = 917_504;

/**
 * Frames an event's ciphertexts into the one byte string that is stored beside its header: each after its length in
 * bytes, an unsigned 32-bit big-endian number.
 * @throws FormatError `sections-too-large` beyond 917,504 bytes.
 */
export function writeSections(ciphertexts: readonly Buffer[]): Buffer {
  let size = 0;
  for (const ciphertext of ciphertexts) size += 4 + ciphertext.length;
  if (size > sectionsLimit) {
    throw new FormatError(
      'sections-too-large',
      `an event's sections have ${size} bytes; at most ${sectionsLimit} are allowed`,
    );
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const ciphertext of ciphertexts) {
    bytes.writeUInt32BE(ciphertext.length, at);
    at += 4 + ciphertext.copy(bytes, at + 4);
  }
  return bytes;
}

/**
 * The ciphertexts of a stored event, in the order of its header.
 * @throws FormatError `sections-malformed` when the frames do not fill the bytes exactly; `sections-too-large`
 */
export function readSections(bytes: Buffer): Buffer[] {
  if (bytes.length > sectionsLimit) throw new FormatError('sections-too-large', "an event's sections are too large");
  const ciphertexts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt32BE(at) : Infinity;
    if (end > bytes.length) throw new FormatError('sections-malformed', "an event's sections are cut off or overlong");
    ciphertexts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return ciphertexts;
}
