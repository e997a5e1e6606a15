import { canonicalJson, NotCanonicalError, type Json } from '@ardoise/format';
import type { LoggedEvent } from '@ardoise/disclosure';
import { ReceiptError, isRecord } from '../../keys/receipt-members';
import type { Receipt } from '../receipts/receipt';
import { readReceipt } from '../receipts/receipt-shape';

/** Events of one ledger, and its checkpoint. */
export interface ProvenLedger {
  /** The signed note, with the cosignatures that there were. */
  readonly checkpoint: string;
  /** The ledger's keys (vkeys) as its organisation names them. */
  readonly keys: readonly string[];
  /** Ascending. */
  readonly events: readonly LoggedEvent[];
}

/**
 * A receipt of an erasure, and that the events which name its ended keys stand in the ledger: format 1
 * (docs/disclosure.md). Its bytes are its canonical JSON.
 */
export interface ErasureProof {
  readonly type: 'ardoise-erasure-proof';
  readonly format: 1;
  readonly receipt: Receipt;
  /** One for each incarnation of the ledger that has such events; none where no key was ended. */
  readonly ledgers: readonly ProvenLedger[];
}

export type ProofErrorCode = 'proof-malformed' | 'proof-not-canonical' | 'proof-of-other-format' | 'proof-too-large';

/** A file that is no proof of an erasure. */
export class ProofError extends Error {
  override readonly name = 'ProofError';

  constructor(
    readonly code: ProofErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Most bytes of a file: a receipt and the events of very many units. */
export const proofLimit = 16_777_216;

export function writeErasureProof(proof: ErasureProof): string {
  return canonicalJson(proof as unknown as Json);
}

/** Reads a file: canonical, every member there and of its form. @throws ProofError */
export function readErasureProof(text: string): ErasureProof {
  if (text.length > proofLimit) throw new ProofError('proof-too-large', `a proof has at most ${proofLimit} bytes`);
  const value = parsed(text);
  if (!isRecord(value) || value.type !== 'ardoise-erasure-proof') throw malformed('type');
  if (value.format !== 1) throw new ProofError('proof-of-other-format', 'this version knows proofs of format 1');
  const { ledgers } = value;
  if (!Array.isArray(ledgers) || !ledgers.every(isLedger)) throw malformed('ledgers');
  const proof: ErasureProof = { type: 'ardoise-erasure-proof', format: 1, receipt: receiptOf(value.receipt), ledgers };
  if (canonical(value) === text && canonical(proof) === text) return proof;
  throw new ProofError('proof-not-canonical', 'the file is not in its canonical form, or says more');
}

function isLedger(value: unknown): value is ProvenLedger {
  if (!isRecord(value) || Object.keys(value).length !== 3) return false;
  const { checkpoint, keys, events } = value;
  return (
    typeof checkpoint === 'string' &&
    isTexts(keys) &&
    Array.isArray(events) &&
    events.length > 0 &&
    events.every(isEvent)
  );
}

function isEvent(value: unknown): value is LoggedEvent {
  if (!isRecord(value) || Object.keys(value).length !== 3) return false;
  const { header, index, proof } = value;
  return typeof header === 'string' && Number.isSafeInteger(index) && isTexts(proof) && proof.length <= 64;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function receiptOf(value: unknown): Receipt {
  try {
    return readReceipt(JSON.stringify(value) ?? '');
  } catch (error) {
    if (error instanceof ReceiptError) throw malformed('receipt');
    throw error;
  }
}

function canonical(value: unknown): string {
  try {
    return canonicalJson(value as Json);
  } catch (error) {
    if (error instanceof NotCanonicalError) throw malformed('receipt');
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProofError('proof-malformed', 'the file is not JSON');
  }
}

function malformed(member: string): ProofError {
  return new ProofError('proof-malformed', `"${member}" is not as a proof of an erasure has it`);
}
