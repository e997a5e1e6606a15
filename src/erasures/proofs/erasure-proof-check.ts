import { openTrusted, proveLogged, wrongOf, type OpenedCheckpoint, type Trust } from '@ardoise/disclosure';
import type { Header } from '@ardoise/format';
import type { Wrong } from '../../keys/receipt-checks';
import { verifyReceipt, type Verification } from '../receipts/verification';
import { ProofError, readErasureProof, type ErasureProof } from './erasure-proof';

/** What a reader has from elsewhere than the file. */
export interface ErasureTrust extends Trust {
  /** SPKI in PEM: the key that signs receipts. */
  readonly receiptKey?: string;
}

/** A checkpoint of the file, and the leaves that it proves. */
export interface LedgerChecked extends Pick<OpenedCheckpoint, 'key' | 'witnesses'> {
  readonly origin: string;
  readonly size: number;
  readonly leaves: readonly { readonly index: number; readonly event: string; readonly recordedAt: string }[];
}

export interface ErasureProofCheck {
  readonly verdict: 'verified' | 'in-part' | 'refused';
  /** Absent where the file is none. */
  readonly receipt?: Verification;
  readonly ledgers: readonly LedgerChecked[];
  readonly wrong?: Wrong;
  readonly unchecked: readonly string[];
}

/** Holds a proof of an erasure against keys alone. Never throws for what the file holds. @throws SigningError for a given key that is none */
export async function checkErasureProof(text: string, trust: ErasureTrust = {}): Promise<ErasureProofCheck> {
  let proof: ErasureProof;
  const headers: Header[] = [];
  let ledgers: (LedgerChecked & { unchecked: readonly string[] })[];
  try {
    proof = readErasureProof(text);
    ledgers = proof.ledgers.map((ledger) => {
      const { checkpoint, key, witnesses, unchecked } = openTrusted(ledger.checkpoint, ledger.keys, trust);
      const proven = ledger.events.map((event) => proveLogged(event, checkpoint));
      headers.push(...proven.map(({ header }) => header));
      const leaves = proven.map(({ index, header }) => ({ index, event: header.id, recordedAt: header.recordedAt }));
      return { origin: checkpoint.origin, size: checkpoint.size, leaves, key, witnesses, unchecked };
    });
  } catch (error) {
    return { verdict: 'refused', ledgers: [], wrong: wrongIn(error), unchecked: [] };
  }
  const { receiptKey } = trust;
  const receipt = await verifyReceipt(proof.receipt, {
    ...(receiptKey === undefined ? {} : { publicKey: receiptKey }),
    // Without a key that ended there is nothing for a ledger to say.
    ...(proof.receipt.units.length === 0 ? {} : { log: each(headers) }),
  });
  const unchecked = [...new Set([...receipt.unchecked, ...ledgers.flatMap((one) => one.unchecked)])];
  const { wrong } = receipt;
  return {
    verdict: wrong ? 'refused' : unchecked.length > 0 ? 'in-part' : 'verified',
    receipt,
    ledgers: ledgers.map(({ unchecked: _, ...ledger }) => ledger),
    ...(wrong ? { wrong } : {}),
    unchecked,
  };
}

function wrongIn(error: unknown): Wrong {
  return error instanceof ProofError ? { code: error.code, detail: error.message } : wrongOf(error);
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
