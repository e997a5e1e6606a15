import { checkHash, checkSize, decodeHash } from './encoding';
import { formatProofParts, hashesIn, numberIn, parseProofParts, refused, valueIn } from './proof-parts';

const kind = 'ardoise/consistency-proof@v1';

/** That a log only grew since somebody saw it, in the manner of c2sp.org/tlog-proof; a form of our own. */
export interface ConsistencyFile {
  /** The size of the older tree. */
  readonly from: number;
  readonly fromRoot: Buffer;
  readonly proof: readonly Buffer[];
  /** The newer one: the signed note with its cosignatures, as it was published; to be opened by openCheckpoint. */
  readonly checkpoint: Buffer;
}

/**
 * The text of the file: its kind, `old <size>`, `root <base64>`, the proof's hashes, an empty line, the checkpoint.
 * @throws LedgerError `size-refused`, `hash-malformed`, `proof-file-too-many-hashes`, `proof-file-too-large`; what parseNote
 * says of the checkpoint.
 */
export function formatConsistency(file: ConsistencyFile): string {
  checkSize(file.from, 'the size of the older tree');
  checkHash(file.fromRoot, 'the root of the older tree');
  const lines = [kind, `old ${file.from}`, `root ${file.fromRoot.toString('base64')}`];
  return formatProofParts(lines, file.proof, file.checkpoint).toString();
}

/**
 * The parts of the file; nothing is verified.
 * @throws LedgerError `proof-file-…`
 */
export function parseConsistency(text: string): ConsistencyFile {
  const { lines, checkpoint } = parseProofParts(text);
  const [first, old, root, ...rest] = lines;
  if (first !== kind) throw refused('proof-file-kind-unknown', `the file does not begin with ${kind}`);
  const from = numberIn(old, 'old');
  const fromRoot = decodeHash(valueIn(root, 'root'));
  if (!fromRoot) throw refused('proof-file-hash-malformed', 'the root is not base64 of 32 bytes');
  return { from, fromRoot, proof: hashesIn(rest), checkpoint };
}
