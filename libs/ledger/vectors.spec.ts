import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  LedgerError,
  openCheckpoint,
  parseCheckpoint,
  parseEntries,
  parseNote,
  parseTilePath,
  parseVerifierKey,
  rootAt,
  TileBuilder,
  verifyConsistency,
  verifyCosignatures,
  verifyInclusion,
  verifyNote,
  type TileSource,
} from '.';
import { refusalOf } from './spec-support/refusal';

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, 'vectors', name), 'utf8')) as T;
}

const base64 = (text: string) => Buffer.from(text, 'base64');
const hashes = (proof: string[] | null) => (proof ?? []).map(base64);

interface Vector {
  proof: string[] | null;
  desc: string;
  wantErr: boolean;
}
interface Inclusion extends Vector {
  leafIdx: number | string;
  treeSize: number | string;
  root: string;
  leafHash: string;
}
interface Consistency extends Vector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
}

describe('the vectors of transparency-dev/merkle', () => {
  const { inclusion, consistency } = vectors<{
    inclusion: Record<string, Inclusion>;
    consistency: Record<string, Consistency>;
  }>('merkle.json');

  it('are all there', () => {
    expect(Object.keys(inclusion)).toHaveLength(98);
    expect(Object.keys(consistency)).toHaveLength(98);
    expect(Object.values(inclusion).filter(({ wantErr }) => !wantErr)).toHaveLength(6);
    expect(Object.values(consistency).filter(({ wantErr }) => !wantErr)).toHaveLength(6);
  });

  it.each(Object.entries(inclusion))('inclusion %s', (_, vector) => {
    const refusal = refusalOf(() =>
      verifyInclusion({
        index: Number(vector.leafIdx),
        size: Number(vector.treeSize),
        leaf: base64(vector.leafHash),
        proof: hashes(vector.proof),
        root: base64(vector.root),
      }),
    );
    expect(refusal !== undefined).toBe(vector.wantErr);
  });

  it.each(Object.entries(consistency))('consistency %s', (_, vector) => {
    // In one vector that is to hold, both roots are words of 12 bytes: here nothing but 32 bytes is a root. It is run with
    // the digests of the words, whose equality is what it is about.
    const word = base64(vector.root1).length === 12 && !vector.wantErr;
    const root = (text: string) => (word ? leafHash(base64(text)) : base64(text));
    const verify = (fromRoot: Buffer, toRoot: Buffer) =>
      refusalOf(() =>
        verifyConsistency({ from: vector.size1, to: vector.size2, fromRoot, toRoot, proof: hashes(vector.proof) }),
      );
    expect(verify(root(vector.root1), root(vector.root2)) !== undefined).toBe(vector.wantErr);
    if (word) expect(verify(base64(vector.root1), base64(vector.root2))).toBe('hash-malformed');
  });

  it('have one that speaks of roots which are none', () => {
    const words = Object.entries(consistency).filter(
      ([, { root1, wantErr }]) => base64(root1).length !== 32 && !wantErr,
    );
    expect(words.map(([name]) => name)).toEqual(['additional/sizes-are-equal-one-and-proof-is-empty']);
  });
});

describe('the test log of Tessera', () => {
  const log = vectors<{
    verifierKey: string;
    checkpoints: Record<string, string>;
    tiles: Record<string, string>;
  }>('tessera-log.json');
  const key = parseVerifierKey(log.verifierKey);
  const opened = Object.values(log.checkpoints).map((text) => openCheckpoint(Buffer.from(text), [key]).checkpoint);
  const source: TileSource = {
    tile: async (level, index, width) => {
      const path = Object.keys(log.tiles).find((each) => {
        const tile = parseTilePath(each);
        return tile?.level === level && tile.index === index && tile.width === width;
      });
      return base64(log.tiles[path ?? ''] ?? '');
    },
  };

  it('has checkpoints that its key signed, of every size from 0 to 15', () => {
    expect([...new Set(opened.map(({ size }) => size))].sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
    expect(opened).toHaveLength(17);
  });

  it('has the root of each checkpoint in its tiles, and its leaves lead there', async () => {
    const builder = new TileBuilder();
    const entries = parseEntries(base64(log.tiles['tile/entries/000.p/15'] as string), 15);
    expect(entries[0]?.toString()).toBe('one');
    for (let size = 0; size <= 15; size++) {
      const root = opened.find((checkpoint) => checkpoint.size === size)?.root;
      expect(await rootAt(source, size)).toEqual(root);
      expect(builder.root()).toEqual(root);
      for (const tile of builder.takeChanged()) {
        expect(tile.hashes).toEqual(base64(log.tiles[`tile/0/000.p/${size}`] as string));
      }
      if (size > 0)
        expect(parseEntries(base64(log.tiles[`tile/entries/000.p/${size}`] as string), size)).toHaveLength(size);
      if (size < 15) builder.append(leafHash(entries[size] as Buffer));
    }
  });

  it('gives proofs between all of its checkpoints that hold', async () => {
    const entries = parseEntries(base64(log.tiles['tile/entries/000.p/15'] as string), 15);
    for (const older of opened.filter(({ size }) => size > 0)) {
      for (const newer of opened.filter(({ size }) => size >= older.size)) {
        const proof = await consistencyProof(source, older.size, newer.size);
        verifyConsistency({ from: older.size, to: newer.size, fromRoot: older.root, toRoot: newer.root, proof });
      }
      for (const [index, entry] of entries.slice(0, older.size).entries()) {
        const proof = await inclusionProof(source, index, older.size);
        verifyInclusion({ index, size: older.size, leaf: leafHash(entry), proof, root: older.root });
      }
    }
  });
});

describe('notes that others signed', () => {
  const notes = vectors<{
    cosignatures: { verifierKey: string; checkpoint: string }[];
    addCheckpoint: unknown;
    goChecksumDatabase: { verifierKey: string; note: string };
  }>('notes.json');

  it('verify: the example of the specification', () => {
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    const line =
      '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    const note = parseNote(Buffer.from(`This is an example message.\n\n${line}`));
    expect(note.text).toBe('This is an example message.\n');
    expect(verifyNote(note, [key]).map(({ name }) => name)).toEqual(['example.com/foo']);
    const other = parseNote(Buffer.from(`This is another message.\n\n${line}`));
    expect(refusalOf(() => verifyNote(other, [key]))).toBe('note-signature-wrong');
  });

  it('verify: a checkpoint of the Go checksum database, whose origin is not the name of its key', () => {
    const { verifierKey, note } = notes.goChecksumDatabase;
    const key = parseVerifierKey(verifierKey);
    expect(verifyNote(parseNote(Buffer.from(note)), [key])).toHaveLength(1);
    expect(parseCheckpoint(parseNote(Buffer.from(note)))).toMatchObject({
      origin: 'go.sum database tree',
      size: 1514086,
    });
    expect(refusalOf(() => openCheckpoint(Buffer.from(note), [key]))).toBe('checkpoint-origin-differs');
  });

  it('verify: the signature in the examples of c2sp.org/tlog-checkpoint, over the text that it was made for', () => {
    const key = parseVerifierKey(notes.goChecksumDatabase.verifierKey);
    const example = (origin: string, name: string) =>
      parseNote(
        Buffer.from(
          `${origin}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— ${name} ` +
            'Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
        ),
      );
    expect(parseCheckpoint(example('example.com/behind-the-sofa', 'example.com/behind-the-sofa'))).toMatchObject({
      origin: 'example.com/behind-the-sofa',
      size: 20852163,
    });
    expect(verifyNote(example('go.sum database tree', 'sum.golang.org'), [key])).toHaveLength(1);
  });

  it.each(notes.cosignatures)('verify: the cosignature by $verifierKey', ({ verifierKey, checkpoint }) => {
    const key = parseVerifierKey(verifierKey);
    const note = parseNote(Buffer.from(checkpoint));
    expect(verifyCosignatures(note, [key])).toEqual([{ key, at: new Date('2025-12-31T00:00:00.000Z') }]);
    expect(() => verifyCosignatures({ ...note, text: note.text.replace('300', '301') }, [key])).toThrow(LedgerError);
    expect(refusalOf(() => verifyNote(note, [key]))).toBe('note-unsigned-by-known');
  });
});
