import {
  formatVerifierKey,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifierKey,
  verifyCosignatures,
  verifyNote,
  type Checkpoint,
  type Note,
  type TrustPolicy,
  type VerifierKey,
} from '@ardoise/ledger';
import { DisclosureError } from './errors';

/** What a reader has from elsewhere than the file. Without any of it nobody vouches for the keys that the file names. */
export interface Trust {
  /** Keys of ledgers. One that bears the name before the organisation's stands for every ledger below it. */
  readonly keys?: readonly VerifierKey[];
  /** Keys without a name, 32 bytes each: of any ledger. */
  readonly publicKeys?: readonly Buffer[];
  /** Keys of ledgers, and which witnesses must have seen the checkpoint (c2sp.org/tlog-policy). */
  readonly policy?: TrustPolicy;
}

/** A checkpoint whose signature holds. */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** What signed it, and whether the reader had that key from elsewhere. */
  readonly key: { readonly vkey: string; readonly given: boolean };
  /** Witnesses of the reader's policy that saw it, and when. RFC 3339. */
  readonly witnesses: readonly { readonly name: string; readonly at: string }[];
  /** What could not be checked, in words. */
  readonly unchecked: readonly string[];
}

/**
 * Opens a published checkpoint by what the reader trusts, or else by the keys that stand beside it.
 * @param included vkeys of the file
 * @throws LedgerError, DisclosureError `ledger-unknown`, `cosignatures-too-few`
 */
export function openTrusted(published: string, included: readonly string[], trust: Trust): OpenedCheckpoint {
  const bytes = Buffer.from(published, 'utf8');
  const note = parseNote(bytes);
  const { origin } = parseCheckpoint(note);
  const given = [...(trust.keys ?? []), ...(trust.policy?.logs.map(({ key }) => key) ?? [])];
  const unnamed = (trust.publicKeys ?? []).map((publicKey) => verifierKey(origin, 0x01, publicKey));
  const isGiven = (trust.keys ?? trust.publicKeys ?? trust.policy) !== undefined;
  const keys = isGiven ? [...keysOf(origin, given), ...unnamed] : keysOf(origin, included.map(parseVerifierKey));
  if (keys.length === 0) {
    throw new DisclosureError('ledger-unknown', 'no key that is trusted is of the ledger that the file is of');
  }
  const { checkpoint } = openCheckpoint(bytes, keys);
  const [signature] = verifyNote(note, keys);
  const signing = keys.find(({ id }) => signature?.id.equals(id)) as VerifierKey;
  const witnesses = witnessesOf(note, trust.policy);
  return {
    checkpoint,
    key: { vkey: formatVerifierKey(signing), given: isGiven },
    witnesses,
    unchecked: [
      ...(isGiven ? [] : ["whose the ledger's key is: no key from elsewhere was given"]),
      ...(trust.policy ? [] : ['whether witnesses saw the same ledger: no policy that names them was given']),
    ],
  };
}

/** Keys of a ledger by its origin: their own name is the origin, or what stands before organisation and incarnation. */
function keysOf(origin: string, keys: readonly VerifierKey[]): VerifierKey[] {
  return keys
    .filter(({ type, name }) => type === 0x01 && (name === origin || name === baseOf(origin)))
    .map(({ publicKey }) => verifierKey(origin, 0x01, publicKey));
}

/** What of an origin comes before `/<organisation>/<incarnation>`. */
function baseOf(origin: string): string {
  return origin.split('/').slice(0, -2).join('/');
}

function witnessesOf(note: Note, policy: TrustPolicy | undefined): { name: string; at: string }[] {
  if (!policy) return [];
  const seen = verifyCosignatures(
    note,
    policy.witnesses.map(({ key }) => key),
  );
  if (!policy.isSatisfied(seen.map(({ key }) => key))) {
    throw new DisclosureError('cosignatures-too-few', 'fewer witnesses saw this checkpoint than the policy asks for');
  }
  const named = (key: VerifierKey): string => policy.witnesses.find((one) => one.key === key)?.name ?? key.name;
  return seen.map(({ key, at }) => ({ name: named(key), at: at.toISOString() }));
}
