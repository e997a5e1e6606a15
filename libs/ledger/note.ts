import { controlCharacter, decodeBase64 } from './encoding';
import { LedgerError } from './errors';
import { checkKeyName } from './verifier-key';

/** A signature of a note by a key that is named, whether known or not. */
export interface NoteSignature {
  readonly name: string;
  /** 4 bytes */
  readonly id: Buffer;
  /** What follows the id: 64 bytes of Ed25519; a cosignature's time stands before them. */
  readonly signature: Buffer;
}

/** A text and who signed it (c2sp.org/signed-note). Nothing of it is to be believed before its signatures are verified. */
export interface Note {
  /** Ends with a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The most bytes of a note: enough for thirty of the longest signatures there are today (ML-DSA, some 5 kB). */
export const noteLimit = 262_144;
/** The most signatures of a note. */
export const signatureLimit = 64;

/**
 * The parts of a signed note. Strict: UTF-8, no control character but the newline, base64 in its one form. The same name and
 * id may stand in two lines here; verifying refuses that of a known key.
 * @throws LedgerError `note-too-large`, `note-not-utf8`, `note-control-character`, `note-malformed`, `note-unsigned`,
 * `note-signature-malformed`, `note-too-many-signatures`
 */
export function parseNote(bytes: Buffer): Note {
  const all = noteText(bytes);
  const end = all.lastIndexOf('\n\n');
  if (end < 0)
    throw new LedgerError('note-malformed', 'no empty line stands between the text of a note and its signatures');
  return { text: all.slice(0, end + 1), signatures: signaturesIn(all.slice(end + 2)) };
}

/**
 * The signatures of lines without their note: what a witness answers.
 * @throws LedgerError as parseNote
 */
export function parseSignatureLines(bytes: Buffer): NoteSignature[] {
  return signaturesIn(noteText(bytes));
}

/**
 * The bytes of a signed note, which parseNote takes apart again.
 * @throws LedgerError `text-refused` for a text that no note can have, `note-unsigned`, `note-signature-malformed`,
 * `note-too-many-signatures`, `note-too-large`, `key-name-refused`
 */
export function formatNote(note: Note): Buffer {
  checkText(note.text);
  checkCount(note.signatures.length);
  const bytes = Buffer.from(`${note.text}\n${note.signatures.map(signatureLine).join('')}`);
  checkLength(bytes);
  return bytes;
}

/**
 * The line of a signature in a note, with its newline.
 * @throws LedgerError `key-name-refused`, `note-signature-malformed`
 */
export function signatureLine(signature: NoteSignature): string {
  checkKeyName(signature.name);
  if (signature.id.length !== 4 || signature.signature.length === 0) {
    throw new LedgerError('note-signature-malformed', 'a signature has an id of 4 bytes, and bytes of its own');
  }
  const encoded = Buffer.concat([signature.id, signature.signature]).toString('base64');
  return `— ${signature.name} ${encoded}\n`;
}

/** @throws LedgerError `text-refused` unless the text can be that of a note: it ends with a newline, without control characters. */
export function checkText(text: string): void {
  if (text.endsWith('\n') && !controlCharacter.test(text) && !/\p{Cs}/u.test(text)) return;
  throw new LedgerError('text-refused', 'the text of a note ends with a newline and has no control character but that');
}

function noteText(bytes: Buffer): string {
  checkLength(bytes);
  const text = decodeUtf8(bytes);
  if (controlCharacter.test(text)) {
    throw new LedgerError('note-control-character', 'a note has no control character but the newline');
  }
  return text;
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LedgerError('note-not-utf8', 'a note is UTF-8');
  }
}

function checkLength(bytes: Buffer): void {
  if (bytes.length <= noteLimit) return;
  throw new LedgerError('note-too-large', `a note has at most ${noteLimit} bytes, not ${bytes.length}`);
}

function checkCount(count: number): void {
  if (count === 0) throw new LedgerError('note-unsigned', 'the note has no signature');
  if (count <= signatureLimit) return;
  throw new LedgerError('note-too-many-signatures', `a note has at most ${signatureLimit} signatures, not ${count}`);
}

function signaturesIn(lines: string): NoteSignature[] {
  if (lines !== '' && !lines.endsWith('\n')) {
    throw new LedgerError('note-malformed', 'the last line of a note ends with a newline');
  }
  const each = lines.split('\n').slice(0, -1);
  checkCount(each.length);
  return each.map(signatureIn);
}

function signatureIn(line: string): NoteSignature {
  const malformed = new LedgerError('note-signature-malformed', 'a line of a signature is a dash, a name and base64');
  const [, name, encoded] = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (name === undefined || !bytes || bytes.length < 5) throw malformed;
  checkKeyName(name);
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}
