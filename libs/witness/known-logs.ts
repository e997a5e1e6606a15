import { readFile, stat } from 'node:fs/promises';
import { LedgerError, parseVerifierKey, verifierKey, type VerifierKey } from '@ardoise/ledger';
import { WitnessError } from './errors';

interface Known {
  readonly exact: ReadonlyMap<string, readonly VerifierKey[]>;
  readonly below: readonly VerifierKey[];
}

/** Said by a trust policy, and of no concern to who only asks for its logs. */
const others = new Set(['witness', 'group', 'quorum']);
const limit = 1_048_576;
const noteType = 0x01;

/**
 * The logs that a witness cosigns, from a file that is read again when it was changed. Lines: `log <vkey> [url]`, the
 * form of c2sp.org/tlog-policy, whose other lines are passed over (one key may stand here under several names); and
 * `logs-below <vkey>`, which speaks for all logs of this key whose origin is the key's name, a slash and more.
 */
export class KnownLogs {
  private version = '';
  private known: Known = { exact: new Map(), below: [] };

  private constructor(
    private readonly path: string,
    private readonly onMalformed: (error: WitnessError) => void,
  ) {}

  /**
   * `onMalformed` hears of a file that was changed into something that cannot be read: what was known before holds on.
   * @throws WitnessError `witness-logs-malformed`
   */
  static async open(path: string, onMalformed: (error: WitnessError) => void = () => undefined): Promise<KnownLogs> {
    const logs = new KnownLogs(path, onMalformed);
    await logs.read();
    return logs;
  }

  /** The keys that sign for an origin; none where it is not known. */
  async keysOf(origin: string): Promise<readonly VerifierKey[]> {
    try {
      await this.read();
    } catch (error) {
      if (!(error instanceof WitnessError)) throw error;
      this.onMalformed(error);
    }
    return [...(this.known.exact.get(origin) ?? []), ...this.below(origin)];
  }

  /** An origin that no key can bear the name of is nobody's log, whoever asks. */
  private below(origin: string): VerifierKey[] {
    try {
      return this.known.below
        .filter(({ name }) => origin.startsWith(`${name}/`))
        .map(({ publicKey }) => verifierKey(origin, noteType, publicKey));
    } catch (error) {
      if (error instanceof LedgerError) return [];
      throw error;
    }
  }

  private async read(): Promise<void> {
    const { ino, mtimeMs, size } = await stat(this.path).catch(() => {
      throw new WitnessError('witness-logs-malformed', `the list of logs at ${this.path} cannot be read`);
    });
    const version = `${ino} ${mtimeMs} ${size}`;
    if (version === this.version) return;
    if (size > limit)
      throw new WitnessError('witness-logs-malformed', `the list of logs is longer than ${limit} bytes`);
    const text = await readFile(this.path, 'utf8');
    // Also of one that cannot be read: it is told once.
    this.version = version;
    this.known = readLogs(text);
  }
}

/** @throws WitnessError that names the line */
export function readLogs(text: string): Known {
  const exact = new Map<string, VerifierKey[]>();
  const below: VerifierKey[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [word = '', vkey = '', ...rest] = line.split(/[ \t]+/).filter((part) => part !== '');
    if (word === '' || word.startsWith('#') || others.has(word)) continue;
    if ((word !== 'log' && word !== 'logs-below') || rest.length > 1) throw malformed(index, 'is no line of a log');
    const key = keyIn(vkey, index);
    if (word === 'logs-below') below.push(key);
    else exact.set(key.name, [...(exact.get(key.name) ?? []), key]);
  }
  return { exact, below };
}

function keyIn(vkey: string, index: number): VerifierKey {
  try {
    const key = parseVerifierKey(vkey);
    if (key.type === noteType) return key;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
  }
  throw malformed(index, 'has no verifier key of a log');
}

const malformed = (index: number, what: string): WitnessError =>
  new WitnessError('witness-logs-malformed', `line ${index + 1} of the list of logs ${what}`);
