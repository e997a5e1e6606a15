import type { Header } from '@ardoise/format';
import { SigningError, signingKeyId } from '@ardoise/signing';
import { isSignedBy, type Signed } from './ends/signed-receipt';

/** What of a log a receipt is held against: its clear headers, in order. */
export type LoggedHeader = Pick<Header, 'organisation' | 'type' | 'recordedAt' | 'facts' | 'id'>;

export interface Wrong {
  readonly code: string;
  readonly detail: string;
}

export interface SignatureChecked {
  readonly state: 'valid' | 'invalid' | 'absent';
  /** Whether it was held against a key from elsewhere, or only against the one in the receipt. */
  readonly against?: 'given-key' | 'included-key';
  readonly key?: string;
}

export interface Against {
  /** SPKI in PEM, from elsewhere than the receipt. */
  readonly publicKey?: string;
  readonly log?: AsyncIterable<LoggedHeader>;
}

export type Verdict = 'verified' | 'partly' | 'refused';

export function verdictOf(wrong: readonly Wrong[], unchecked: readonly string[]): Verdict {
  if (wrong.length > 0) return 'refused';
  return unchecked.length > 0 ? 'partly' : 'verified';
}

/** Of any receipt of ours: all are signed in the same way. @throws SigningError for a given key that is none */
export function checkSignature(
  receipt: Signed<object>,
  given: string | undefined,
  wrong: Wrong[],
  unchecked: string[],
): SignatureChecked {
  // Whoever makes a receipt up signs it, and puts their own key in.
  if (given === undefined) unchecked.push('whose the signature is: no key from elsewhere was given');
  const against = given === undefined ? 'included-key' : 'given-key';
  const { key } = receipt.signature;
  if (isValid(receipt, given)) return { state: 'valid', against, key };
  const fits = given === undefined || signingKeyId(given) === key;
  const detail = fits
    ? 'the signature does not fit: the receipt was altered, or is not of this key'
    : `the receipt is signed by the key ${key}, not by the one given`;
  wrong.push({ code: 'signature-invalid', detail });
  return { state: 'invalid', against, key };
}

function isValid(receipt: Signed<object>, given: string | undefined): boolean {
  if (given !== undefined && !isSignedBy(receipt, given)) return false;
  const { key, publicKey: included } = receipt.signature;
  try {
    // The key's name in the receipt is no more than a claim.
    return signingKeyId(included) === key && isSignedBy(receipt, included);
  } catch (error) {
    if (error instanceof SigningError) return false;
    throw error;
  }
}
