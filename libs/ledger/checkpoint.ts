import { checkHash, checkSize, controlCharacter, decodeHash, decodeSize } from './encoding';
import { LedgerError } from './errors';
import { parseNote, type Note } from './note';
import { verifyNote } from './note-signing';
import type { VerifierKey } from './verifier-key';

/** What a log says of itself at one moment (c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Which tree it is. */
  readonly origin: string;
  /** How many leaves it has. */
  readonly size: number;
  /** 32 bytes */
  readonly root: Buffer;
}

/**
 * The text of a note that says it: three lines.
 * @throws LedgerError `checkpoint-origin-refused`, `size-refused`, `hash-malformed`
 */
export function checkpointText(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  if (origin === '' || origin.includes('\n') || controlCharacter.test(origin) || /\p{Cs}/u.test(origin)) {
    throw new LedgerError('checkpoint-origin-refused', 'an origin is one line that is not empty');
  }
  checkSize(size, 'the size of a tree');
  checkHash(root, 'the root of a tree');
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/**
 * What the text of the note says; who signed it is not looked at. Extension lines are refused: nobody could audit what they
 * say, and cosignatures do not speak for them. That an empty tree has the empty root is not looked at either.
 * @throws LedgerError `checkpoint-malformed`, `checkpoint-size-malformed`, `checkpoint-root-malformed`, `checkpoint-extended`
 */
export function parseCheckpoint(note: Note): Checkpoint {
  const [origin, sizeText, rootText, ...extensions] = note.text.split('\n');
  if (!origin || !sizeText || !rootText || extensions.at(-1) !== '') {
    throw new LedgerError('checkpoint-malformed', 'a checkpoint has a line each for origin, size and root');
  }
  const size = decodeSize(sizeText);
  if (size === undefined) throw new LedgerError('checkpoint-size-malformed', 'the size is no number of 0 to 2^53 - 1');
  const root = decodeHash(rootText);
  if (!root) throw new LedgerError('checkpoint-root-malformed', 'the root is not base64 of 32 bytes');
  if (extensions.length > 1) throw new LedgerError('checkpoint-extended', 'the checkpoint has more than three lines');
  return { origin, size, root };
}

/**
 * The checkpoint of a signed note, once a known key (type 1) whose name is its origin has signed it.
 * @throws LedgerError as parseNote, verifyNote and parseCheckpoint; `checkpoint-origin-differs` when only known keys of other
 * names have signed.
 */
export function openCheckpoint(bytes: Buffer, keys: readonly VerifierKey[]): { checkpoint: Checkpoint; note: Note } {
  const note = parseNote(bytes);
  const signatures = verifyNote(note, keys);
  const checkpoint = parseCheckpoint(note);
  if (!signatures.some(({ name }) => name === checkpoint.origin)) {
    throw new LedgerError('checkpoint-origin-differs', 'the checkpoint is signed, but not by the key of its origin');
  }
  return { checkpoint, note };
}
