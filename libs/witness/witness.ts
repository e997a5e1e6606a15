import {
  cosign,
  emptyRoot,
  formatNote,
  LedgerError,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  signatureLine,
  verifyConsistency,
  verifyNote,
  type AddCheckpoint,
  type Checkpoint,
  type Note,
  type NoteSigner,
  type VerifierKey,
} from '@ardoise/ledger';
import type { Clock } from '@ardoise/time';
import { WitnessError } from './errors';
import { originHash } from './origin-hash';
import type { Change, WitnessStore } from './witness-store';

/** What is answered to an HTTP request. */
export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface WitnessParts {
  readonly store: WitnessStore;
  /** Its key is of type 4, and bears the witness's name. */
  readonly signer: NoteSigner;
  /** The keys that sign for an origin; none for one that is not known. */
  readonly logs: (origin: string) => readonly VerifierKey[] | Promise<readonly VerifierKey[]>;
  readonly clock: Clock;
}

/** The most hashes of a proof, by the protocol. */
const longestProof = 63;

/**
 * A witness of logs (c2sp.org/tlog-witness): it cosigns a checkpoint that goes on from the one it cosigned last, and no
 * other, ever. What it remembers of a log is a checkpoint, and nothing of what is in the log.
 */
export class Witness {
  constructor(private readonly parts: WitnessParts) {}

  /**
   * The call `add-checkpoint`. Its answers are those of the protocol: 200 with the cosignature, 400, 403, 404, 409 with
   * the size that was cosigned last, 422. Rejects when the store does: then nothing was cosigned.
   */
  async addCheckpoint(body: Buffer): Promise<WitnessAnswer> {
    const request = readRequest(body);
    if (!request) return said(400, 'not a request of c2sp.org/tlog-witness');
    const keys = await this.parts.logs(request.checkpoint.origin);
    if (keys.length === 0) return said(404, 'unknown log');
    const note = verified(request.note, keys);
    if (!note) return said(403, 'no signature of a known key of this log, or one that is wrong');
    if (request.old > request.checkpoint.size) return said(400, 'the old size is larger than the new');
    return this.parts.store.update(originHash(request.checkpoint.origin), (current) =>
      this.decide(request, note, current),
    );
  }

  /** What monitors ask for: the checkpoint cosigned last, or 404. */
  async checkpoint(hash: string): Promise<WitnessAnswer> {
    const found = await this.parts.store.read(hash);
    if (!found) return said(404, 'nothing was cosigned for this log');
    return { status: 200, contentType: plain, body: found };
  }

  private async decide(request: Request, note: Note, current: Buffer | undefined): Promise<Change<WitnessAnswer>> {
    const { checkpoint, old, proof } = request;
    const last = current && recorded(current, checkpoint.origin);
    const size = last?.size ?? 0;
    if (old !== size) {
      return { result: { status: 409, contentType: 'text/x.tlog.size', body: Buffer.from(`${size}\n`) } };
    }
    const wrong = inconsistency(checkpoint, last, proof);
    if (wrong) return { result: said(422, wrong) };
    const cosignature = await cosign(note, this.parts.signer, this.parts.clock.now());
    const next = formatNote({ text: note.text, signatures: [...note.signatures, cosignature] });
    return { next, result: { status: 200, contentType: plain, body: Buffer.from(signatureLine(cosignature)) } };
  }
}

interface Request extends Omit<AddCheckpoint, 'checkpoint'> {
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

const plain = 'text/plain; charset=utf-8';

const said = (status: number, text: string): WitnessAnswer => ({
  status,
  contentType: plain,
  body: Buffer.from(`${text}\n`),
});

function readRequest(body: Buffer): Request | undefined {
  try {
    const { old, proof, checkpoint: bytes } = parseAddCheckpoint(body);
    if (proof.length > longestProof) return undefined;
    const note = parseNote(bytes);
    return { old, proof, note, checkpoint: treeHeadOf(note) };
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

/**
 * The first three lines. Others may extend their checkpoints by lines of their own; a cosignature covers them and says
 * nothing about them.
 */
function treeHeadOf(note: Note): Checkpoint {
  const lines = note.text.split('\n');
  if (lines.slice(3, -1).includes('')) throw new LedgerError('checkpoint-malformed', 'an extension line is empty');
  return parseCheckpoint({ text: [...lines.slice(0, 3), ''].join('\n'), signatures: note.signatures });
}

/** The note with the signatures that were verified alone: those of others are none of our business. */
function verified(note: Note, keys: readonly VerifierKey[]): Note | undefined {
  try {
    return { text: note.text, signatures: verifyNote(note, keys) };
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

/** What was written here. @throws WitnessError `witness-state-malformed`: nothing is cosigned on top of what cannot be read */
function recorded(bytes: Buffer, origin: string): Checkpoint {
  try {
    const found = treeHeadOf(parseNote(bytes));
    if (found.origin === origin) return found;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
  }
  throw new WitnessError('witness-state-malformed', 'what is stored of a log is not a checkpoint of it');
}

/** Why the checkpoint does not go on from the last one, of whose size it says that it does. */
function inconsistency(
  { size, root }: Checkpoint,
  last: Checkpoint | undefined,
  proof: readonly Buffer[],
): string | undefined {
  if (size === 0 && !root.equals(emptyRoot)) return 'the root of an empty tree is another';
  if (!last || last.size === 0) return proof.length > 0 ? 'from the empty tree there is nothing to prove' : undefined;
  try {
    verifyConsistency({ from: last.size, to: size, fromRoot: last.root, toRoot: root, proof });
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError) return 'the checkpoint does not go on from the one that was cosigned last';
    throw error;
  }
}
