import { checkSize, decodeSize } from './encoding';
import { formatProofParts, hashesIn, numberIn, parseProofParts, refused } from './proof-parts';

/** What a log asks of a witness: to cosign a checkpoint that continues the one of size `old` (c2sp.org/tlog-witness). */
export interface AddCheckpoint {
  /** The size of the last checkpoint that the witness cosigned, as far as the log knows; 0 for none. */
  readonly old: number;
  readonly proof: readonly Buffer[];
  /** A signed note. */
  readonly checkpoint: Buffer;
}

/**
 * The body of `POST <submission prefix>/add-checkpoint`.
 * @throws LedgerError `size-refused`, `hash-malformed`, `proof-file-too-many-hashes`, `proof-file-too-large`; what parseNote
 * says of the checkpoint.
 */
export function formatAddCheckpoint(request: AddCheckpoint): Buffer {
  checkSize(request.old, 'the size of the older tree');
  return formatProofParts([`old ${request.old}`], request.proof, request.checkpoint);
}

/**
 * The parts of such a body; nothing is verified. What the protocol answers with another status than 400 is let through: a
 * proof where `old` is 0, an `old` beyond the checkpoint.
 * @throws LedgerError `proof-file-…`
 */
export function parseAddCheckpoint(bytes: Buffer): AddCheckpoint {
  const { lines, checkpoint } = parseProofParts(bytes);
  const [old, ...rest] = lines;
  return { old: numberIn(old, 'old'), proof: hashesIn(rest), checkpoint };
}

/** The type of the body below. */
export const treeSizeContentType = 'text/x.tlog.size';

/** The body of a witness's 409: the size of the last checkpoint that it cosigned. @throws LedgerError `size-refused` */
export function formatTreeSize(size: number): Buffer {
  checkSize(size, 'the size of a tree');
  return Buffer.from(`${size}\n`);
}

/** @throws LedgerError `proof-file-number-malformed` */
export function parseTreeSize(bytes: Buffer): number {
  const text = bytes.length <= 20 ? bytes.toString() : '';
  const size = text.endsWith('\n') ? decodeSize(text.slice(0, -1)) : undefined;
  if (size !== undefined) return size;
  throw refused('proof-file-number-malformed', 'the size is no line with a number of 0 to 2^53 - 1');
}
