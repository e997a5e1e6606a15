import { createHash } from 'node:crypto';
import {
  checkpointPath,
  checkpointsPath,
  formatCheckpointLine,
  formatEndingLine,
  formatKeys,
  formatLedgerIndex,
  keysPath,
  ledgerPath,
  policyPath,
  receiptsPath,
  tileIn,
  unitsPath,
  vocabularyPath,
  type BundledEnding,
  type BundledLedgerKey,
} from '@ardoise/bundle';
import { canonicalBytes, sha256Hex, singleStream, writeHeader, type Header, type Json } from '@ardoise/format';
import {
  checkpointText,
  cosign,
  CompactRange,
  entryBundlesOf,
  formatEntries,
  formatNote,
  leafHash,
  signNote,
  TileBuilder,
  tilePath,
  tilesOf,
} from '@ardoise/ledger';
import { rawPublicKey, type SigningKey } from '@ardoise/signing';
import type { Signed } from '../../../src/keys/ends/signed-receipt';
import { ownShapes } from '../verification/bundled-vocabulary';
import { MemoryFiles } from './memory-files';
import { signerOf, throwAwayKey } from './signers';

export const base = 'ledger.example';
export const organisation = 'mira';
export const start = Date.parse('2026-03-01T09:00:00Z') / 1_000;
export const vaultStream = singleStream('vault');
export const organisationStream = singleStream('organisation');

export interface EventGiven {
  readonly type: string;
  readonly stream: string;
  readonly facts?: Header['facts'];
  /** Units that sections are sealed under; with a day after a space. */
  readonly units?: readonly string[];
  /** Seconds after the event before; 1 unless said. */
  readonly after?: number;
  readonly version?: number;
  readonly organisation?: string;
  readonly schema?: number;
}

interface Tree {
  readonly incarnation: number;
  readonly entries: Buffer[];
  readonly checkpoints: { readonly size: number; readonly note: Buffer; readonly timestamp?: Buffer }[];
}

/** 32 hexadecimal digits that a word leads to. */
export const idFor = (word: string): string => createHash('sha256').update(word).digest('hex').slice(0, 32);
/** The fingerprint of a unit or group. */
export const fingerprintOf = (id: string): string => createHash('sha256').update(`fingerprint ${id}`).digest('hex');

/** Whatever a log could have been: made event by event, and signed with throw-away keys. */
export class History {
  readonly trees: Tree[] = [{ incarnation: 1, entries: [], checkpoints: [] }];
  readonly endings: BundledEnding[] = [];
  readonly receipts: object[] = [];
  readonly policies = new Map<number, Buffer>();
  keys: readonly SigningKey[] = [throwAwayKey('ledger')];
  published: BundledLedgerKey[] | undefined;
  readonly receiptKey = throwAwayKey('receipts');
  readonly witness = throwAwayKey('witness');
  readonly ids: string[] = [];
  since?: { readonly incarnation: number; readonly size: number };
  private readonly versions = new Map<string, number>();
  private now = start;
  private count = 0;

  get tree(): Tree {
    return this.trees.at(-1) as Tree;
  }

  originOf(incarnation = this.tree.incarnation): string {
    return `${base}/${organisation}/${incarnation}`;
  }

  /** Gives the event's id. */
  add(given: EventGiven): string {
    this.now += given.after ?? 1;
    const id = idFor(`event ${this.count++}`);
    const { stream } = given;
    const version = given.version ?? this.versions.get(stream) ?? 0;
    this.versions.set(stream, version + 1);
    this.append(
      writeHeader({
        command: sha256Hex(Buffer.from(id)),
        facts: given.facts ?? {},
        format: 1,
        id,
        organisation: given.organisation ?? organisation,
        policy: 1,
        recordedAt: `${new Date(this.now * 1_000).toISOString().slice(0, 19)}Z`,
        schema: given.schema ?? schemaOf(given.type),
        sections: (given.units ?? []).map((text, index) => {
          const [unit = '', day] = text.split(' ');
          return {
            ciphertext: `sha256:${sha256Hex(Buffer.from(`ciphertext ${id} ${index}`))}`,
            commitment: sha256Hex(Buffer.from(`commitment ${id} ${index}`)),
            ...(day === undefined ? {} : { day }),
            fingerprint: fingerprintOf(unit),
            unit,
          };
        }),
        stream,
        type: given.type,
        version,
      }),
    );
    this.ids.push(id);
    return id;
  }

  wait(seconds: number): void {
    this.now += seconds;
  }

  append(entry: Buffer): void {
    this.tree.entries.push(entry);
  }

  /** The keys of units end, as an erasure ends them; the vault says so too, unless it is not to. */
  fence(units: readonly string[], { vault = true, cause = 'erasure' } = {}): string {
    const facts = { cause, units: units.map((unit) => [unit, fingerprintOf(unit)]), part: 1, parts: 1 };
    const receipt = this.add({ type: 'keys-fenced', stream: vaultStream, facts });
    for (const unit of vault ? units : []) this.endInVault(unit, receipt);
    return receipt;
  }

  endInVault(
    id: string,
    receipt?: string,
    kind: BundledEnding['kind'] = 'unit',
    state: BundledEnding['state'] = 'destroyed',
  ): void {
    const of = receipt === undefined ? {} : { receipt };
    this.endings.push({ kind, id, fingerprint: fingerprintOf(id), state, ...of });
  }

  endDay(category: string, day: string, group: string): string {
    const groups = [{ group, fingerprint: fingerprintOf(group), epoch: 1, category, day }];
    const event = this.add({
      type: 'groups-ended',
      stream: vaultStream,
      facts: { cause: 'day', groups, part: 1, parts: 1 },
    });
    this.endInVault(group, event, 'group');
    return event;
  }

  adoptPolicy(policy: number, text: Json): void {
    const bytes = canonicalBytes(text);
    this.policies.set(policy, bytes);
    this.add({ type: 'policy-adopted', stream: organisationStream, facts: { policy, digest: sha256Hex(bytes) } });
  }

  /** What the log is now, signed; also by the witness. */
  async checkpoint({
    witnessed = true,
    timestamp,
  }: { witnessed?: boolean; timestamp?: (text: string) => Promise<Buffer> } = {}): Promise<Buffer> {
    const { entries, checkpoints } = this.tree;
    const origin = this.originOf();
    const text = checkpointText({ origin, size: entries.length, root: rootOf(entries) });
    const signed = await signNote(
      text,
      this.keys.map((key) => signerOf(origin, 0x01, key)),
    );
    const cosigned = await cosign(signed, signerOf('witness.example', 0x04, this.witness), new Date(this.now * 1_000));
    const note = formatNote(witnessed ? { ...signed, signatures: [...signed.signatures, cosigned] } : signed);
    const token = await timestamp?.(text);
    checkpoints.push({ size: entries.length, note, ...(token ? { timestamp: token } : {}) });
    return note;
  }

  /** The log goes on in another tree, after a restore that lost the leaves from `found` on. */
  reopen(found = this.tree.entries.length, known = this.tree.entries.length): void {
    const before = this.tree;
    const head = (size: number) => ({ size, root: rootOf(before.entries.slice(0, size)).toString('hex') });
    const incarnation = before.incarnation + 1;
    const facts = {
      incarnation,
      origin: this.originOf(incarnation),
      known: { origin: this.originOf(), ...head(known) },
      found: head(found),
    };
    this.trees.push({ incarnation, entries: [], checkpoints: [] });
    this.add({ type: 'ledger-reopened', stream: vaultStream, facts });
  }

  async sign(statement: object): Promise<Signed<object>> {
    const value = (await this.receiptKey.sign(canonicalBytes(statement as Json))).toString('base64');
    const { id: key, publicKey } = this.receiptKey;
    return { ...statement, signature: { algorithm: 'Ed25519', key, publicKey, value } };
  }

  /** A policy of whoever audits: this log, and its witness. */
  policy(): string {
    const log = signerOf(this.originOf(1), 0x01, this.keys[0] as SigningKey);
    const witness = signerOf('witness.example', 0x04, this.witness);
    const vkey = ({ key }: typeof log, type: number): string =>
      `${key.name}+${key.id.toString('hex')}+${Buffer.concat([Buffer.of(type), key.publicKey]).toString('base64')}`;
    return `log ${vkey(log, 1)}\nwitness w ${vkey(witness, 4)}\nquorum w\n`;
  }

  /** As an export would write it. */
  files(served = false): MemoryFiles {
    const files = new Map<string, Buffer>();
    const trees = this.trees.map(({ incarnation, checkpoints, entries }) => {
      const size = checkpoints.at(-1)?.size ?? 0;
      return { incarnation, origin: this.originOf(incarnation), size, root: rootOf(entries.slice(0, size)) };
    });
    const madeAt = `${new Date((this.now + 1) * 1_000).toISOString()}`;
    files.set(
      ledgerPath,
      formatLedgerIndex({ organisation, madeAt, trees, ...(this.since ? { since: this.since } : {}) }),
    );
    files.set(
      keysPath,
      formatKeys({ ledger: this.published ?? this.keys.map(publish), receipts: [receiptKeyOf(this.receiptKey)] }),
    );
    files.set(vocabularyPath, Buffer.from(JSON.stringify(ownShapes())));
    files.set(receiptsPath, lines(this.receipts.map((one) => Buffer.from(`${JSON.stringify(one)}\n`))));
    const endings = [...this.endings].sort((a, b) => (a.kind + a.id < b.kind + b.id ? 1 : -1));
    files.set(unitsPath, lines(endings.map(formatEndingLine)));
    for (const [version, bytes] of this.policies) files.set(policyPath(version), bytes);
    for (const tree of this.trees) this.addTree(files, tree);
    return new MemoryFiles(files, served);
  }

  private addTree(files: Map<string, Buffer>, { incarnation, entries, checkpoints }: Tree): void {
    const newest = checkpoints.at(-1);
    if (!newest) return;
    files.set(checkpointPath(incarnation), newest.note);
    files.set(checkpointsPath(incarnation), lines(checkpoints.map(formatCheckpointLine)));
    const { size } = newest;
    const builder = new TileBuilder();
    for (const entry of entries.slice(0, size)) builder.append(leafHash(entry));
    const hashes = new Map(builder.takeChanged().map((tile) => [`${tile.level} ${tile.index}`, tile.hashes]));
    const from = this.since?.incarnation === incarnation ? this.since.size - (this.since.size % 256) : 0;
    for (const tile of tilesOf(size)) {
      if (tile.level === 0 && (tile.index + 1) * 256 <= from) continue;
      files.set(tileIn(incarnation, tilePath(tile)), hashes.get(`${tile.level} ${tile.index}`) as Buffer);
    }
    for (const tile of entryBundlesOf(size)) {
      if ((tile.index + 1) * 256 <= from) continue;
      const some = entries.slice(tile.index * 256, tile.index * 256 + tile.width);
      files.set(tileIn(incarnation, tilePath(tile)), formatEntries(some));
    }
  }
}

export function rootOf(entries: readonly Buffer[]): Buffer {
  const range = new CompactRange();
  for (const entry of entries) range.append(leafHash(entry));
  return range.root();
}

export function publish(key: SigningKey): BundledLedgerKey {
  return { id: key.id, publicKey: rawPublicKey(key.publicKey), since: '2026-01-01T00:00:00Z' };
}

const receiptKeyOf = ({ id, publicKey }: SigningKey) => ({ id, publicKey });
const lines = (all: readonly Buffer[]): Buffer => Buffer.concat(all);
const schemas = new Map(ownShapes().map(({ type, schema }) => [type, schema]));
const schemaOf = (type: string): number => schemas.get(type) ?? 1;
