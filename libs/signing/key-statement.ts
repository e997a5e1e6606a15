import {
  formatNote,
  formatVerifierKey,
  LedgerError,
  type NoteSigner,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKey,
  type VerifierKey,
  verifyNote,
} from '@ardoise/ledger';
import { rawPublicKey } from './raw-keys';
import type { SigningKey } from './signing';

/** That one key of a ledger takes the place of another; signed by both. */
export interface KeyStatement {
  /** What the origins of the ledger's trees begin with; both keys' name. */
  readonly base: string;
  readonly from: VerifierKey;
  readonly to: VerifierKey;
  /** RFC 3339, whole second, UTC. */
  readonly at: string;
}

export type KeyStatementErrorCode =
  | 'key-statement-malformed'
  | 'key-statement-of-another-ledger'
  | 'key-statement-not-signed'
  | 'key-statements-broken'
  | 'key-statements-unknown-key';

/** A statement about keys of a ledger that cannot be believed, or several that do not belong together. */
export class KeyStatementError extends Error {
  override readonly name = 'KeyStatementError';

  constructor(
    readonly code: KeyStatementErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** No checkpoint begins so: the name of an organisation has no hyphen. */
const kind = 'ardoise/ledger-key-statement/1';
const noteType = 0x01;
const form = new RegExp(
  `^${kind}\n([^\n]+)\nfrom ([^\n ]+)\nto ([^\n ]+)\nat (\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z)\n$`,
);

/** A key as what signs notes under a name: a tree's origin for its checkpoints, the base for statements. */
export function noteSigner(name: string, key: SigningKey): NoteSigner {
  return { key: verifierKey(name, noteType, rawPublicKey(key.publicKey)), sign: (message) => key.sign(message) };
}

/** The statement as a signed note (c2sp.org/signed-note), by the old key and then the new one. */
export async function stateSuccession(base: string, from: SigningKey, to: SigningKey, at: string): Promise<string> {
  const signers = [noteSigner(base, from), noteSigner(base, to)];
  const [old, its] = signers.map(({ key }) => formatVerifierKey(key));
  const text = `${kind}\n${base}\nfrom ${old}\nto ${its}\nat ${at}\n`;
  return formatNote(await signNote(text, signers)).toString('utf8');
}

/**
 * What a statement says, both its signatures verified. Whether the older key is to be believed is another question.
 * @throws KeyStatementError `key-statement-malformed`, `key-statement-of-another-ledger`, `key-statement-not-signed`
 */
export function openStatement(base: string, statement: string): KeyStatement {
  const note = attempt('key-statement-malformed', () => parseNote(Buffer.from(statement, 'utf8')));
  const [, name, from, to, at] = form.exec(note.text) ?? [];
  if (name === undefined || from === undefined || to === undefined || at === undefined || !isSecond(at)) {
    throw new KeyStatementError('key-statement-malformed', 'this is no statement about keys of a ledger');
  }
  const keys = attempt('key-statement-malformed', () => [parseVerifierKey(from), parseVerifierKey(to)] as const);
  if (name !== base || keys.some((key) => key.name !== base)) {
    throw new KeyStatementError('key-statement-of-another-ledger', 'the statement is about keys of another ledger');
  }
  if (keys.some((key) => key.type !== noteType) || keys[0].publicKey.equals(keys[1].publicKey)) {
    throw new KeyStatementError('key-statement-malformed', 'the statement does not name two keys that sign notes');
  }
  for (const key of keys) attempt('key-statement-not-signed', () => verifyNote(note, [key]));
  return { base, from: keys[0], to: keys[1], at };
}

/** What the statement says that the origins begin with; nothing of it is verified. `undefined` where it is no statement. */
export function baseOf(statement: string): string | undefined {
  const end = statement.lastIndexOf('\n\n');
  return form.exec(statement.slice(0, end + 1))?.[1];
}

/** A key of a ledger that is as trustworthy as the one that was known. */
export interface StatedKey {
  /** The 32 bytes of an Ed25519 public key. */
  readonly publicKey: Buffer;
  /** RFC 3339: since when it is in use, where a statement says so. */
  readonly since?: string;
}

/**
 * All keys of a ledger that one known key leads to, oldest first. Each statement is signed by both its keys: a key vouches
 * for those after it, and acknowledges the one before. Where a key was lost its successor begins a chain of its own; what
 * is in another chain than the known key is left out.
 * @param base what the origins of the ledger's trees begin with
 * @param known the 32 bytes of the first key, or of any that is known from elsewhere
 * @param statements oldest first
 * @throws KeyStatementError as `openStatement`; `key-statements-broken` when two are about one key's succession, or stand
 * in another order; `key-statements-unknown-key` when the known key is in none of them
 */
export function verifyStatements(base: string, known: Buffer, statements: readonly string[]): StatedKey[] {
  if (statements.length === 0) return [{ publicKey: known }];
  const chain = chainsOf(statements.map((statement) => openStatement(base, statement))).find((keys) =>
    keys.some(({ publicKey }) => publicKey.equals(known)),
  );
  if (chain !== undefined) return chain;
  throw new KeyStatementError('key-statements-unknown-key', 'the statements are about other keys than the known one');
}

function chainsOf(statements: readonly KeyStatement[]): StatedKey[][] {
  const chains: StatedKey[][] = [];
  const seen = new Set<string>();
  const isNew = ({ publicKey }: VerifierKey): boolean => !seen.has(publicKey.toString('hex'));
  for (const { from, to, at } of statements) {
    const last = chains.at(-1)?.at(-1);
    const begins = isNew(from);
    const follows = last?.publicKey.equals(from.publicKey) === true && (last.since ?? '') <= at;
    if (!isNew(to) || (!begins && !follows)) {
      throw new KeyStatementError('key-statements-broken', 'the statements do not follow on each other');
    }
    if (begins) chains.push([{ publicKey: from.publicKey }]);
    chains.at(-1)?.push({ publicKey: to.publicKey, since: at });
    for (const { publicKey } of [from, to]) seen.add(publicKey.toString('hex'));
  }
  return chains;
}

function isSecond(text: string): boolean {
  const instant = new Date(text);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) + 'Z' === text;
}

function attempt<Result>(code: KeyStatementErrorCode, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new KeyStatementError(code, `the statement about keys is refused: ${error.message}`);
  }
}
