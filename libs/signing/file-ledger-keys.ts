import { mkdir } from 'node:fs/promises';
import { isPrivateFolder } from '@ardoise/private-files';
import { silentSteps, type Steps } from '@ardoise/steps';
import { type Clock, toSecond } from '@ardoise/time';
import { FilePrivateKeys } from './file-private-keys';
import { refused } from './file-signing-key';
import { baseOf, stateSuccession } from './key-statement';
import { KeyRecords, recordOf } from './ledger-key-records';
import type { LedgerKeys, PublishedKey } from './ledger-keys';
import type { NumberedKey, PrivateKeys } from './private-keys';
import { SigningError, type SigningKey } from './signing';

export interface FileLedgerKeysOptions {
  /** The folder of keys. */
  readonly folder: string;
  readonly clock: Clock;
  /** Where private parts are; in files of the same folder unless something else is named. */
  readonly privateKeys?: PrivateKeys;
  /** Whether a first key may be made where there is none; not where checkpoints were signed with one that is lost. */
  readonly create?: boolean;
  readonly steps?: Steps;
}

export interface Renewal {
  /** What the origins of the ledger's trees begin with; what an earlier statement says goes before it. */
  readonly base: string;
  /** For how long the key in use goes on signing beside the new one. */
  readonly overlapMilliseconds: number;
  /** The key in use is lost or stolen: no statement leads to the new one, and there is no overlap. */
  readonly lost?: boolean;
}

/** What is durable after each; after the second one the new key is in use, everywhere. */
export const ledgerKeySteps = [
  'ledger-keys/key-made',
  'ledger-keys/key-in-use',
  'ledger-keys/former-destroyed',
] as const;

interface Looked {
  readonly version: number;
  /** RFC 3339: when the next overlap ends. */
  readonly until?: string;
  readonly keys: readonly SigningKey[];
}

/**
 * The keys of a ledger, on record in the folder of keys. All processes that use the folder see the same ones: a key comes
 * into use by one file that appears whole or not at all, and nothing that was written is changed.
 */
export class FileLedgerKeys implements LedgerKeys {
  private readonly records: KeyRecords;
  private readonly privateKeys: PrivateKeys;
  private readonly clock: Clock;
  private readonly steps: Steps;
  private looked: Looked | undefined;

  private constructor(options: FileLedgerKeysOptions) {
    this.clock = options.clock;
    this.records = new KeyRecords(options.folder);
    this.privateKeys = options.privateKeys ?? new FilePrivateKeys(options.folder);
    this.steps = options.steps ?? silentSteps;
  }

  /**
   * @throws SigningError `signing-key-missing` when there is no key and none may be made; `signing-key-refused` when
   * somebody else could read or replace one
   */
  static async open(options: FileLedgerKeysOptions): Promise<FileLedgerKeys> {
    const { folder, create = true } = options;
    const keys = new FileLedgerKeys(options);
    if (create) await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await isPrivateFolder(folder, refused))) {
      throw new SigningError('signing-key-missing', `there is no folder ${folder}; put it back`);
    }
    if ((await keys.records.version()) > 0) return keys;
    if (!create) throw missing(`in ${folder}`);
    await keys.begin();
    return keys;
  }

  /** Destroys private keys whose overlap is over, when it meets them. */
  async signing(): Promise<readonly SigningKey[]> {
    const version = await this.records.version();
    const now = this.now();
    const { looked } = this;
    if (looked?.version === version && (looked.until === undefined || now < looked.until)) return looked.keys;
    const published = await this.records.all();
    const keys = await this.privatePartsOf(published, now);
    const [until] = published.flatMap((key) => (key.until !== undefined && key.until > now ? [key.until] : [])).sort();
    this.looked = { version: published.length, keys, ...(until === undefined ? {} : { until }) };
    return keys;
  }

  async published(): Promise<readonly PublishedKey[]> {
    return this.records.all();
  }

  /**
   * Puts a new key into use. Cut off anywhere, it is run again, and one new key stands.
   * @returns all keys, the new one last
   * @throws SigningError `signing-key-missing` when the key in use is not there to say that this is its successor
   */
  async renew({ base, overlapMilliseconds, lost = false }: Renewal): Promise<readonly PublishedKey[]> {
    const published = await this.records.all();
    const current = published.at(-1);
    if (current === undefined) throw missing('on record');
    const number = published.length + 1;
    const [old] = lost ? [] : await this.signing();
    const key = await this.privateKeys.make(number);
    await this.steps.done(ledgerKeySteps[0]);
    // A clock that was put back makes no key older than the one before it.
    const now = this.now();
    const since = now > current.since ? now : current.since;
    const formerUntil = lost ? since : toSecond(new Date(Date.parse(since) + overlapMilliseconds));
    const statement = old && (await stateSuccession(statedBase(published) ?? base, old, key, since));
    const added = await this.records.add(number, recordOf(key, { since, formerUntil, statement }));
    if (added) await this.steps.done(ledgerKeySteps[1]);
    await this.signing();
    return this.records.all();
  }

  private async begin(): Promise<void> {
    const key = await this.privateKeys.make(1);
    await this.records.add(1, recordOf(key, { since: this.now() }));
  }

  /**
   * Those that sign now, newest first. What signs no longer is destroyed, and so is what was made by a renewal that was cut
   * off, or that another was faster than: once a number is on record, no other key of that number comes into use.
   */
  private async privatePartsOf(published: readonly PublishedKey[], now: string): Promise<SigningKey[]> {
    const there = (await this.privateKeys.list()).filter(({ number }) => number <= published.length);
    const recorded = ({ number, key }: NumberedKey): PublishedKey | undefined =>
      published[number - 1]?.id === key.id ? published[number - 1] : undefined;
    const signing = there.filter((one) => {
      const its = recorded(one);
      return its !== undefined && (its.until === undefined || its.until > now);
    });
    signing.sort((a, b) => b.number - a.number);
    if (signing[0]?.number !== published.length) throw missing(`with the id ${published.at(-1)?.id ?? '?'}`);
    const isThere = new Set(signing.map(({ number }) => number));
    for (const one of there) {
      // A key that is not the one on record, where that one is not there either, may have been put there by hand.
      if (!signing.includes(one) && (recorded(one) !== undefined || isThere.has(one.number))) await this.destroy(one);
    }
    return signing.map(({ key }) => key);
  }

  private async destroy(key: NumberedKey): Promise<void> {
    await this.privateKeys.destroy(key);
    await this.steps.done(ledgerKeySteps[2]);
  }

  private now(): string {
    return toSecond(this.clock.now());
  }
}

/** One chain is about one ledger, also when a setting was changed since. */
function statedBase(published: readonly PublishedKey[]): string | undefined {
  return published.flatMap(({ statement }) => baseOf(statement ?? '') ?? []).at(-1);
}

function missing(where: string): SigningError {
  return new SigningError('signing-key-missing', `there is no signing key of the ledger ${where}; put it back`);
}
