import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BundleWriter,
  checkpointPath,
  checkpointsPath,
  formatCheckpointLine,
  formatEndingLine,
  formatKeys,
  formatLedgerIndex,
  keysPath,
  ledgerPath,
  receiptsPath,
  tileIn,
  unitsPath,
  vocabularyPath,
} from '@ardoise/bundle';
import { singleStream, writeHeader, type Header } from '@ardoise/format';
import {
  checkpointText,
  formatEntries,
  formatNote,
  leafHash,
  signNote,
  TileBuilder,
  type ChangedTile,
  tilePath,
  verifierKey,
} from '@ardoise/ledger';
import { idOf, rawPublicKey } from '@ardoise/signing';

const organisation = 'bench';
const origin = `ledger.example/${organisation}/1`;
const vaultStream = singleStream('vault');
const start = Date.parse('2026-01-01T00:00:00Z');
/** Events of a learner, of whom one in ten is erased. */
const [perStream, oneIn] = [12, 10];
const loginEvery = 20;
const types = [
  'module-opened',
  'module-started',
  'time-recorded',
  'attempt-submitted',
  'attempt-graded',
  'module-completed',
];
const checkpointEvery = 1_000;

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/**
 * An archive of a ledger with as many events: learners' streams side by side, some erased in parts of 500 units, a
 * checkpoint for each thousand. Facts and sections are as the declarations have them.
 */
export async function writeSyntheticBundle(path: string, count: number): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = createPublicKey(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const publicKey = rawPublicKey(pem.export({ type: 'spki', format: 'pem' }) as string);
  const signer = {
    key: verifierKey(origin, 0x01, publicKey),
    sign: async (bytes: Buffer) => sign(null, bytes, privateKey),
  };
  const writer = await BundleWriter.create(path, new Date(start));
  const [tree, log] = [new TileBuilder(), new SyntheticLog()];
  const checkpoints: Buffer[] = [];
  let newest: Buffer = Buffer.alloc(0);
  let entries: Buffer[] = [];
  const partial = new Map<number, ChangedTile>();
  const add = ({ level, index, hashes }: ChangedTile): Promise<void> =>
    writer.add(tileIn(1, tilePath({ level, index, width: hashes.length / 32 })), hashes);
  const put = async (last: boolean): Promise<void> => {
    if (entries.length > 0) {
      const tile = { level: 'entries' as const, index: Math.floor((tree.size - 1) / 256), width: entries.length };
      await writer.add(tileIn(1, tilePath(tile)), formatEntries(entries));
      entries = [];
    }
    for (const tile of tree.takeChanged()) {
      const isFull = tile.hashes.length === 256 * 32;
      if (isFull) await add(tile);
      if (isFull) partial.delete(tile.level);
      else partial.set(tile.level, tile);
    }
    if (last) for (const tile of partial.values()) await add(tile);
  };
  while (tree.size < count) {
    const entry = log.next(count - tree.size);
    entries.push(entry);
    tree.append(leafHash(entry));
    if (tree.size % checkpointEvery === 0 || tree.size === count) {
      newest = formatNote(await signNote(checkpointText({ origin, size: tree.size, root: tree.root() }), [signer]));
      checkpoints.push(formatCheckpointLine({ size: tree.size, note: newest }));
    }
    if (tree.size % 256 === 0) await put(false);
  }
  await put(true);
  const trees = [{ incarnation: 1, origin, size: tree.size, root: tree.root() }];
  const key = { id: idOf(pem), publicKey, since: '2026-01-01T00:00:00Z' };
  await writer.add(checkpointPath(1), newest);
  await writer.add(checkpointsPath(1), Buffer.concat(checkpoints));
  await writer.add(ledgerPath, formatLedgerIndex({ organisation, madeAt: new Date(start).toISOString(), trees }));
  await writer.add(keysPath, formatKeys({ ledger: [key], receipts: [] }));
  await writer.add(vocabularyPath, readFileSync(join(__dirname, '../../../docs/events.json')));
  await writer.add(receiptsPath, Buffer.alloc(0));
  await writer.add(unitsPath, Buffer.concat(log.ended));
  await writer.finish();
}

interface Learner {
  readonly stream: string;
  readonly unit: string;
  readonly fingerprint: string;
  version: number;
}

/** Sixty-four learners at a time; those that are through make room for others. */
class SyntheticLog {
  readonly ended: Buffer[] = [];
  private readonly learners: Learner[] = Array.from({ length: 64 }, newLearner);
  private due: Learner[] = [];
  private vaultVersion = 0;
  private through = 0;
  private made = 0;

  next(left: number): Buffer {
    this.made += 1;
    if (this.due.length === 500 || (left === 1 && this.due.length > 0)) return this.fence();
    if (this.made % loginEvery === 0) return this.login();
    const at = this.made % this.learners.length;
    const learner = this.learners[at] as Learner;
    const header = this.header(learner);
    learner.version += 1;
    if (learner.version === perStream) {
      this.learners[at] = newLearner();
      this.through += 1;
      if (this.through % oneIn === 0) this.due.push(learner);
    }
    return header;
  }

  private header({ stream, unit, fingerprint, version }: Learner): Buffer {
    const section = { ciphertext: `sha256:${hex(32)}`, commitment: hex(32), fingerprint, unit };
    return this.write(stream, version, types[version % types.length] as string, {}, [section]);
  }

  private login(): Buffer {
    const day = this.now().slice(0, 10);
    const unit = hex(16);
    const section = { ciphertext: `sha256:${hex(32)}`, commitment: hex(32), day, fingerprint: hex(32), unit };
    return this.write(`login-${hex(16)}`, 0, 'login-recorded', { day }, [section]);
  }

  private fence(): Buffer {
    const units = this.due.map(({ unit, fingerprint }) => [unit, fingerprint] as const);
    for (const { unit, fingerprint } of this.due) {
      this.ended.push(formatEndingLine({ kind: 'unit', id: unit, fingerprint, state: 'destroyed' }));
    }
    this.due = [];
    return this.write(
      vaultStream,
      this.vaultVersion++,
      'keys-fenced',
      { cause: 'erasure', units, part: 1, parts: 1 },
      [],
    );
  }

  private now(): string {
    return `${new Date(start + this.made * 500).toISOString().slice(0, 19)}Z`;
  }

  private write(
    stream: string,
    version: number,
    type: string,
    facts: Header['facts'],
    sections: Header['sections'],
  ): Buffer {
    return writeHeader({
      command: hex(32),
      facts,
      format: 1,
      id: hex(16),
      organisation,
      policy: 1,
      recordedAt: this.now(),
      schema: 1,
      sections,
      stream,
      type,
      version,
    });
  }
}

function newLearner(): Learner {
  const unit = hex(16);
  return { stream: `learning-${hex(16)}`, unit, fingerprint: hash('sha256', unit, 'hex'), version: 0 };
}
