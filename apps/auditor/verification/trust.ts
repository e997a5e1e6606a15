import { keysPath, limits, parseKeys, type BundledLedgerKey, type LedgerFiles } from '@ardoise/bundle';
import { verifierKey, type TrustPolicy, type VerifierKey } from '@ardoise/ledger';
import { KeyStatementError, pemOfRaw, signingKeyId, SigningError, verifyStatements } from '@ardoise/signing';
import type { Checks } from './checks';
import { ContentError } from './content';
import type { Description } from './description';
import { refusalOf } from './refusal';

/** The keys that are believed here. */
export interface Trust {
  /** Public keys of the ledger, 32 bytes each, oldest first. */
  readonly ledger: readonly Buffer[];
  /** PEM by id, of receipts. */
  readonly receipts: ReadonlyMap<string, string>;
  /** Logs and witnesses from outside; without it nobody vouches for the keys. */
  readonly policy?: TrustPolicy;
}

/** The keys under the name of a tree: what its checkpoints are verified with. */
export function keysOf(trust: Trust, origin: string): VerifierKey[] {
  return trust.ledger.map((publicKey) => verifierKey(origin, 0x01, publicKey));
}

/** Reads keys.json and says which of its keys are believed. */
export async function readTrust(
  files: LedgerFiles,
  description: Description,
  checks: Checks,
  policy?: TrustPolicy,
): Promise<Trust> {
  try {
    const bytes = await files.read(keysPath, limits.keys);
    if (!bytes) throw new ContentError('file-missing', 'there is no keys.json');
    const { ledger, receipts: ofReceipts } = parseKeys(bytes);
    for (const key of ledger) mustBeWellFormed(key);
    const receipts = new Map(ofReceipts.map(({ id, publicKey }) => [mustName(id, publicKey), publicKey]));
    checks.count('keys', 'ledger keys', ledger.length);
    checks.count('keys', 'receipt keys', receipts.size);
    return { ledger: believed(ledger, description, checks, policy), receipts, ...(policy ? { policy } : {}) };
  } catch (error) {
    checks.wrong('keys', refusalOf(error));
    return { ledger: [], receipts: new Map(), ...(policy ? { policy } : {}) };
  }
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

function mustBeWellFormed({ id, publicKey, since, until }: BundledLedgerKey): void {
  if (!instant.test(since) || !(until === undefined || instant.test(until))) {
    throw new ContentError('file-malformed', 'a key of keys.json has a time that is none');
  }
  mustName(id, pemOf(publicKey));
}

function pemOf(publicKey: Buffer): string {
  try {
    return pemOfRaw(publicKey);
  } catch {
    throw new ContentError('file-malformed', 'a key of keys.json is no Ed25519 public key');
  }
}

/** @throws ContentError `key-id-differs` unless the id follows from the key */
function mustName(id: string, pem: string): string {
  try {
    // One spelling only: a PEM may have line ends and words around it that mean nothing.
    if (
      signingKeyId(pem) === id &&
      /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/]{59}=\n-----END PUBLIC KEY-----\n?$/.test(pem)
    )
      return id;
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
  }
  throw new ContentError('key-id-differs', `the id ${id} of a key does not follow from the key`);
}

/**
 * Without a policy all keys. With one those that it names, and those that statements join to them. A key without a
 * statement begins anew: its predecessor was lost, and only somebody else can say that it is the right one.
 */
function believed(
  keys: readonly BundledLedgerKey[],
  { base, trees }: Description,
  checks: Checks,
  policy: TrustPolicy | undefined,
): Buffer[] {
  if (keys.length === 0 && trees.length > 0) {
    checks.wrong('keys', { code: 'keys-missing', detail: 'keys.json names no key of the ledger' });
  }
  const joined = joinedOf(keys).map((some) => statedOf(some, base, checks));
  if (joined.length > 1) checks.remark('keys', `${joined.length - 1} keys have no statement of the key before them`);
  if (!policy) {
    const whose = 'whose the keys are: those of the bundle were used, which anybody can put there (--policy)';
    checks.unchecked('keys', whose);
    return joined.flat();
  }
  const names = new Set([base, ...trees.map(({ origin }) => origin)]);
  const named = policy.logs.filter(({ key }) => names.has(key.name)).map(({ key }) => key.publicKey);
  checks.count('keys', 'keys of the policy', named.length);
  const known = joined.filter((some) => some.some((key) => named.some((one) => one.equals(key)))).flat();
  if (known.length === 0 && trees.length > 0) {
    const expected = `a line "log" with a key of ${trees[0]?.origin ?? base}`;
    checks.wrong('keys', { code: 'keys-not-in-policy', detail: 'the policy names no key of this ledger', expected });
  }
  return known.length > 0 ? known : named;
}

function joinedOf(keys: readonly BundledLedgerKey[]): BundledLedgerKey[][] {
  const joined: BundledLedgerKey[][] = [];
  for (const key of keys) {
    if (key.statement === undefined || joined.length === 0) joined.push([key]);
    else joined.at(-1)?.push(key);
  }
  return joined;
}

/** Keys of which each is stated by the one before; only the first where the statements do not hold. */
function statedOf(keys: readonly BundledLedgerKey[], base: string, checks: Checks): Buffer[] {
  const [first, ...later] = keys as [BundledLedgerKey, ...BundledLedgerKey[]];
  try {
    if (first.statement !== undefined) {
      throw new ContentError('statement-unexpected', `the key ${first.id} has a statement, and none is before it`);
    }
    const statements = later.map(({ statement }) => statement ?? '');
    const stated = verifyStatements(base, first.publicKey, statements);
    checks.count('keys', 'statements', statements.length);
    const other = keys.find(({ publicKey, since }, index) => {
      const says = stated[index];
      return !says?.publicKey.equals(publicKey) || (says.since !== undefined && says.since !== since);
    });
    if (other)
      throw new ContentError('statement-differs', `the statement about the key ${other.id} says something else`);
    return stated.map(({ publicKey }) => publicKey);
  } catch (error) {
    if (error instanceof KeyStatementError) checks.wrong('keys', { code: error.code, detail: error.message });
    else checks.wrong('keys', refusalOf(error));
    return [first.publicKey];
  }
}
