import { checkSize, decodeBase64 } from './encoding';
import { formatProofParts, hashesIn, numberIn, parseProofParts, refused, valueIn } from './proof-parts';

const kind = 'c2sp.org/tlog-proof@v1';

/** That an entry is in a log, for somebody who has no connection to it (c2sp.org/tlog-proof). Its extension: `.tlog-proof`. */
export interface ProofFile {
  /** Whatever else is needed to make the leaf; nothing vouches for it. Never empty. */
  readonly extra?: Buffer;
  /** The number of the leaf, from 0. */
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly proof: readonly Buffer[];
  /** The signed note with its cosignatures, as it was published; to be opened by openCheckpoint. */
  readonly checkpoint: Buffer;
}

/**
 * The text of the file. Extra data of no bytes are none.
 * @throws LedgerError `size-refused`, `hash-malformed`, `proof-file-too-many-hashes`, `proof-file-too-large`; what parseNote
 * says of the checkpoint.
 */
export function formatProof(file: ProofFile): string {
  checkSize(file.index, 'the number of a leaf');
  const extra = file.extra && file.extra.length > 0 ? [`extra ${file.extra.toString('base64')}`] : [];
  return formatProofParts([kind, ...extra, `index ${file.index}`], file.proof, file.checkpoint).toString();
}

/**
 * The parts of the file; nothing is verified.
 * @throws LedgerError `proof-file-…`
 */
export function parseProof(text: string): ProofFile {
  const { lines, checkpoint } = parseProofParts(text);
  const [first, ...rest] = lines;
  if (first !== kind) throw refused('proof-file-kind-unknown', `the file does not begin with ${kind}`);
  const extra = rest[0]?.startsWith('extra ') ? extraIn(rest.shift()) : undefined;
  const index = numberIn(rest.shift(), 'index');
  return { ...(extra ? { extra } : {}), index, proof: hashesIn(rest), checkpoint };
}

function extraIn(line: string | undefined): Buffer {
  const extra = decodeBase64(valueIn(line, 'extra'));
  if (extra && extra.length > 0) return extra;
  throw refused('proof-file-extra-malformed', 'the extra data are not base64, or none');
}
