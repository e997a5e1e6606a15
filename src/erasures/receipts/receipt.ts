import { canonicalBytes, randomBytes, sha256, type Json } from '@ardoise/format';
import { verify, type SigningKey } from '@ardoise/signing';

/** What was kept of a person, on which ground, until when. */
export interface KeptUnit {
  /** Unit id and fingerprint as headers name them; absent where it was kept before receipts named them. */
  readonly unit?: string;
  readonly fingerprint?: string;
  readonly category: string;
  /** Law or reason, in the language of the organisation's policy. */
  readonly ground: string;
  /** RFC 3339. */
  readonly until: string;
}

interface ErasureTold {
  readonly organisation: string;
  readonly erasure: string;
  /** RFC 3339. */
  readonly destroyedAt: string;
  readonly completedAt: string;
  /** Unit id and key fingerprint, in hexadecimal, as the log names them in `keys-fenced`. */
  readonly units: readonly (readonly [string, string])[];
  readonly kept: readonly KeptUnit[];
}

/** As it was handed out before receipts were signed. */
export interface UnsignedReceipt extends ErasureTold {
  readonly format: 1;
  readonly salt: string;
}

/** Which epoch of group keys the ended keys hung under, and from when no backup can bring that epoch back. */
export interface ReceiptKeys {
  readonly epoch: number;
  /** RFC 3339, as planned when the receipt is issued; absent where no schedule ends epochs. */
  readonly horizon?: string;
}

export interface ReceiptContent extends ErasureTold {
  readonly type: 'ardoise-erasure-receipt';
  readonly format: 2;
  /** Absent where the vault does not tell. */
  readonly keys?: ReceiptKeys;
  /** There where the memory of an earlier carrying out was lost: what that had ended is not among the units. */
  readonly begunAgain?: true;
  /** 128 random bits in hexadecimal: without the receipt, its hash says nothing. */
  readonly salt: string;
}

/** What is handed to the person: which units ended, and what was kept, why and until when. */
export interface SignedReceipt extends ReceiptContent {
  /** Over the canonical JSON (RFC 8785) of all other members. */
  readonly signature: {
    readonly algorithm: 'Ed25519';
    /** Id of the key. */
    readonly key: string;
    /** SPKI in PEM. */
    readonly publicKey: string;
    /** Base64. */
    readonly value: string;
  };
}

export type Receipt = UnsignedReceipt | SignedReceipt;

export async function makeReceipt(
  content: Omit<ReceiptContent, 'type' | 'format' | 'salt'>,
  signing: SigningKey,
): Promise<SignedReceipt> {
  const salt = randomBytes(16).toString('hex');
  const whole: ReceiptContent = { type: 'ardoise-erasure-receipt', format: 2, ...content, salt };
  const value = (await signing.sign(signedBytes(whole))).toString('base64');
  return {
    ...whole,
    signature: { algorithm: 'Ed25519', key: signing.id, publicKey: signing.publicKey, value },
  };
}

/** Whether the receipt is what the key signed. @throws SigningError when the key is none */
export function isSignedBy({ signature, ...content }: SignedReceipt, publicKey: string): boolean {
  return verify(publicKey, signedBytes(content), Buffer.from(signature.value, 'base64'));
}

function signedBytes(content: ReceiptContent): Buffer {
  return canonicalBytes(content as unknown as Json);
}

/** SHA-256 of the receipt's canonical JSON (RFC 8785), in hexadecimal: all that is kept of it. */
export function receiptDigest(receipt: Receipt): string {
  return sha256(canonicalBytes(receipt as unknown as Json)).toString('hex');
}
