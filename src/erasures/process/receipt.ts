import { canonicalBytes, randomBytes, sha256, type Json } from '@ardoise/format';
import type { KeptUnit } from './erasure-processes';

/** What is handed to the person: which units ended, and what was kept, why and until when. */
export interface Receipt {
  readonly format: 1;
  readonly organisation: string;
  readonly erasure: string;
  /** RFC 3339. */
  readonly destroyedAt: string;
  readonly completedAt: string;
  /** Unit id and key fingerprint, in hexadecimal, as the log names them in `keys-fenced`. */
  readonly units: readonly (readonly [string, string])[];
  readonly kept: readonly KeptUnit[];
  /** 128 random bits in hexadecimal: without the receipt, its hash says nothing. */
  readonly salt: string;
}

export function makeReceipt(content: Omit<Receipt, 'format' | 'salt'>): Receipt {
  return { format: 1, ...content, salt: randomBytes(16).toString('hex') };
}

/** SHA-256 of the receipt's canonical JSON (RFC 8785), in hexadecimal: all that is kept of it. */
export function receiptDigest(receipt: Receipt): string {
  return sha256(canonicalBytes(receipt as unknown as Json)).toString('hex');
}
