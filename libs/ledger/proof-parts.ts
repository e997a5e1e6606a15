import { checkHash, decodeHash, decodeSize } from './encoding';
import { LedgerError, type LedgerErrorCode } from './errors';
import { parseNote } from './note';

/** The most hashes of a proof that are read or written; a tree of less than 2^53 leaves has none as long. */
export const proofLimit = 63;
/** The most bytes of a file or message with a proof: a note's limit twice. */
export const proofFileLimit = 524_288;

/** What files of proofs and messages to a witness have in common: lines, hashes among them, an empty line, a checkpoint. */
export interface ProofParts {
  /** Those before the empty line. */
  readonly lines: readonly string[];
  /** A signed note, as it stands there; nothing of it is checked. */
  readonly checkpoint: Buffer;
}

/** @throws LedgerError `proof-file-too-large`, `proof-file-malformed`, `proof-file-checkpoint-missing` */
export function parseProofParts(content: Buffer | string): ProofParts {
  // A text has no more characters than bytes: what is too long is not even copied.
  checkLength(content);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  checkLength(bytes);
  const end = bytes.indexOf('\n\n');
  if (end < 0) throw malformed('no empty line stands before the checkpoint');
  const checkpoint = bytes.subarray(end + 2);
  if (checkpoint.length === 0) throw refused('proof-file-checkpoint-missing', 'nothing follows the empty line');
  return { lines: bytes.toString('utf8', 0, end).split('\n'), checkpoint };
}

/**
 * @throws LedgerError `proof-file-too-many-hashes`, `proof-file-too-large`, `hash-malformed`; what parseNote says of the
 * checkpoint.
 */
export function formatProofParts(lines: readonly string[], proof: readonly Buffer[], checkpoint: Buffer): Buffer {
  checkCount(proof.length);
  for (const hash of proof) checkHash(hash, 'a hash of a proof');
  parseNote(checkpoint);
  const all = [...lines, ...proof.map((hash) => hash.toString('base64'))];
  const bytes = Buffer.concat([Buffer.from(`${all.join('\n')}\n\n`), checkpoint]);
  checkLength(bytes);
  return bytes;
}

/** The hashes, one in each line. @throws LedgerError `proof-file-too-many-hashes`, `proof-file-hash-malformed` */
export function hashesIn(lines: readonly string[]): Buffer[] {
  checkCount(lines.length);
  return lines.map((line) => {
    const hash = decodeHash(line);
    if (hash) return hash;
    throw refused('proof-file-hash-malformed', 'a line of the proof is not base64 of 32 bytes');
  });
}

/**
 * What follows the word and a space in a line.
 * @throws LedgerError `proof-file-malformed`
 */
export function valueIn(line: string | undefined, word: string): string {
  if (line?.startsWith(`${word} `)) return line.slice(word.length + 1);
  throw malformed(`the line "${word} …" is missing`);
}

/** @throws LedgerError `proof-file-malformed`, `proof-file-number-malformed` */
export function numberIn(line: string | undefined, word: string): number {
  const number = decodeSize(valueIn(line, word));
  if (number !== undefined) return number;
  throw refused('proof-file-number-malformed', `"${word}" is followed by no number of 0 to 2^53 - 1`);
}

export function refused(code: LedgerErrorCode, why: string): LedgerError {
  return new LedgerError(code, why);
}

export function malformed(why: string): LedgerError {
  return refused('proof-file-malformed', why);
}

function checkCount(count: number): void {
  if (count > proofLimit) throw refused('proof-file-too-many-hashes', `a proof has at most ${proofLimit} hashes`);
}

function checkLength(bytes: Buffer | string): void {
  if (bytes.length > proofFileLimit) throw refused('proof-file-too-large', `at most ${proofFileLimit} bytes are read`);
}
