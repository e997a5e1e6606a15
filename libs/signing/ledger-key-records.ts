import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, linkWhole, readPrivateFile } from '@ardoise/private-files';
import { refused } from './file-signing-key';
import type { PublishedKey } from './ledger-keys';
import { pemOfRaw, rawPublicKey } from './raw-keys';
import { type SigningError, signingKeyId, type SigningKey } from './signing';

/** What stands in `ledger-<number>.json`; written once and never changed. */
export interface KeyRecord {
  readonly format: 1;
  readonly id: string;
  /** 32 bytes in base64. */
  readonly publicKey: string;
  /** RFC 3339, whole second, UTC. */
  readonly since: string;
  /** Until when the key before it goes on signing beside it; absent of the first. */
  readonly formerUntil?: string | undefined;
  /** Signed note of the key before it and itself; absent of the first, and where the one before was lost. */
  readonly statement?: string | undefined;
}

const recordFile = /^ledger-([1-9]\d{0,5})\.json$/;
const second = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * The public side of a ledger's keys, in the folder of keys: one file for each key that ever signed, numbered from 1.
 * A key comes into use by its file, which appears whole or not at all.
 */
export class KeyRecords {
  constructor(private readonly folder: string) {}

  /** Changes when a record is added: cheap to ask, and needs no clock of a file system. */
  async version(): Promise<number> {
    return (await this.numbers()).length;
  }

  /** Oldest first. @throws SigningError `signing-key-refused` when one lacks, or is not as it was written */
  async all(): Promise<PublishedKey[]> {
    const records: KeyRecord[] = [];
    for (const number of await this.numbers()) {
      if (number !== records.length + 1)
        throw refused(this.path(records.length + 1), 'is not there, and later ones are');
      records.push(await this.read(number));
      if (number > 1 && records.at(-1)?.formerUntil === undefined) throw notARecord(this.path(number));
    }
    return records.map((record, at) => publishedOf(record, records[at + 1]));
  }

  /** Puts a key into use as that number. @returns whether it is this one: another process may have been first */
  async add(number: number, record: KeyRecord): Promise<boolean> {
    return linkWhole(this.path(number), `${JSON.stringify(record)}\n`);
  }

  private async numbers(): Promise<number[]> {
    const names = (await readdir(this.folder).catch(absent)) ?? [];
    return names
      .map((name) => Number(recordFile.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  private async read(number: number): Promise<KeyRecord> {
    const path = this.path(number);
    const text = await readPrivateFile(path, refused);
    if (text === undefined) throw refused(path, 'was there and is gone');
    const record = parsed(text);
    if (record !== undefined) return record;
    throw notARecord(path);
  }

  private path(number: number): string {
    return join(this.folder, `ledger-${number}.json`);
  }
}

/** What is recorded of a key that comes into use. */
export function recordOf(key: SigningKey, rest: Omit<KeyRecord, 'format' | 'id' | 'publicKey'>): KeyRecord {
  // Members that are absent here are absent there too: JSON has no undefined.
  return { format: 1, id: key.id, publicKey: rawPublicKey(key.publicKey).toString('base64'), ...rest };
}

function publishedOf(record: KeyRecord, next: KeyRecord | undefined): PublishedKey {
  const { id, since, statement } = record;
  return {
    id,
    publicKey: Buffer.from(record.publicKey, 'base64'),
    since,
    ...(next?.formerUntil === undefined ? {} : { until: next.formerUntil }),
    ...(statement === undefined ? {} : { statement }),
  };
}

function parsed(text: string): KeyRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<KeyRecord> | null;
    if (value === null || typeof value !== 'object' || value.format !== 1) return undefined;
    const { publicKey, since, formerUntil, statement } = value;
    if (typeof publicKey !== 'string' || typeof since !== 'string' || !second.test(since)) return undefined;
    if (formerUntil !== undefined && !second.test(formerUntil)) return undefined;
    if (statement !== undefined && typeof statement !== 'string') return undefined;
    return signingKeyId(pemOfRaw(Buffer.from(publicKey, 'base64'))) === value.id ? (value as KeyRecord) : undefined;
  } catch {
    return undefined;
  }
}

function notARecord(path: string): SigningError {
  return refused(path, 'is not the record of a key of the ledger');
}
