import fc from 'fast-check';
import {
  CompactRange,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from '.';
import { NaiveTree, tilesWith } from './spec-support/naive-tree';
import { refusalOf } from './spec-support/refusal';

const leavesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const most = 700;
const leaves = leavesOf(most);
const naive = new NaiveTree(leaves);
const rootOf = (size: number) => naive.root(0, size);
const leafAt = (index: number) => leaves[index] as Buffer;
const source = tilesWith(leaves);

/** The bytes with one bit changed: as many copies as there are bits. */
const everyBit = (bytes: Buffer) =>
  Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    return copy;
  });

describe('the hashes of RFC 6962', () => {
  it('are those that others have', () => {
    expect(emptyRoot.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const leaf = leafHash(Buffer.from('L123456')).toString('hex');
    expect(leaf).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
    const empty = leafHash(Buffer.alloc(0)).toString('hex');
    expect(empty).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it('do not depend on what was hashed before, of whatever length', () => {
    const lengths = [0, 1, 64, 4095, 4096, 4097, 65_535, 4096, 3, 0];
    const once = lengths.map((length) => leafHash(Buffer.alloc(length, 5)));
    expect(lengths.map((length) => leafHash(Buffer.alloc(length, 5)))).toEqual(once);
    expect(new Set(once.map((hash) => hash.toString('hex'))).size).toBe(8);
    expect(refusalOf(() => nodeHash(Buffer.alloc(31), emptyRoot))).toBe('hash-malformed');
    expect(refusalOf(() => nodeHash(emptyRoot, Buffer.alloc(33)))).toBe('hash-malformed');
  });
});

describe('the right edge of a growing tree', () => {
  it('has the root of every size, and can be copied and put together again', () => {
    const range = new CompactRange();
    for (const [index, leaf] of leaves.entries()) {
      expect(range.root()).toEqual(rootOf(index));
      expect(CompactRange.of(range.size, range.hashes).root()).toEqual(rootOf(index));
      const copy = range.copy();
      copy.append(leafHash(Buffer.from('other')));
      range.append(leaf);
      expect(range.size).toBe(index + 1);
    }
    expect(range.root()).toEqual(rootOf(most));
  });

  it('is refused when it is none', () => {
    expect(refusalOf(() => CompactRange.of(3, [emptyRoot]))).toBe('size-refused');
    expect(refusalOf(() => CompactRange.of(-1, []))).toBe('size-refused');
    expect(refusalOf(() => CompactRange.of(2 ** 53, [emptyRoot]))).toBe('size-refused');
    expect(refusalOf(() => CompactRange.of(1, [Buffer.alloc(31)]))).toBe('hash-malformed');
    expect(refusalOf(() => new CompactRange().append(Buffer.alloc(0)))).toBe('hash-malformed');
  });
});

describe('proofs from tiles', () => {
  const bytes = (proof: readonly Buffer[]) => Buffer.concat(proof).toString('hex');

  it('are those of the definition, for every leaf of every size up to 66', async () => {
    for (let size = 1; size <= 66; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(source, index, size);
        expect(bytes(proof)).toBe(bytes(naive.inclusion(index, size)));
        verifyInclusion({ index, size, leaf: leafAt(index), proof, root: rootOf(size) });
      }
    }
  });

  it('are those of the definition, between all sizes up to 66', async () => {
    for (let to = 1; to <= 66; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = await consistencyProof(source, from, to);
        expect(bytes(proof)).toBe(bytes(naive.consistency(from, to)));
        verifyConsistency({ from, to, fromRoot: rootOf(from), toRoot: rootOf(to), proof });
      }
    }
  });

  it('are those of the definition for all sizes, of a leaf and from a size that chance names', async () => {
    const chosen = fc.array(fc.nat(), { minLength: most, maxLength: most });
    await fc.assert(
      fc.asyncProperty(chosen, async (choices) => {
        for (const [before, choice] of choices.entries()) {
          const size = before + 1;
          const from = (choice % size) + 1;
          expect(await rootAt(source, size)).toEqual(rootOf(size));
          expect(bytes(await inclusionProof(source, from - 1, size))).toBe(bytes(naive.inclusion(from - 1, size)));
          expect(bytes(await consistencyProof(source, from, size))).toBe(bytes(naive.consistency(from, size)));
        }
      }),
      { numRuns: 1 },
    );
  });

  it('read few tiles, each once', async () => {
    const each = leavesOf(66_000);
    const many = tilesWith(each);
    const proof = await inclusionProof(many, 65_700, 66_000);
    expect(new Set(many.read).size).toBe(many.read.length);
    expect(many.read.length).toBeLessThanOrEqual(5);
    expect(bytes(proof)).toBe(bytes(new NaiveTree(each).inclusion(65_700, 66_000)));
  });

  it('are not made of what does not exist', async () => {
    await expect(inclusionProof(source, 5, 5)).rejects.toMatchObject({ code: 'inclusion-index-outside' });
    await expect(inclusionProof(source, 0, 0)).rejects.toMatchObject({ code: 'inclusion-index-outside' });
    await expect(inclusionProof(source, -1, 5)).rejects.toMatchObject({ code: 'size-refused' });
    await expect(inclusionProof(source, 0, 1.5)).rejects.toMatchObject({ code: 'size-refused' });
    await expect(consistencyProof(source, 6, 5)).rejects.toMatchObject({ code: 'consistency-sizes-refused' });
    await expect(rootAt({ tile: async () => Buffer.alloc(31) }, 1)).rejects.toMatchObject({ code: 'tile-malformed' });
    expect(await consistencyProof(source, 0, 5)).toEqual([]);
    expect(await rootAt(source, 0)).toEqual(emptyRoot);
  });
});

describe('a proof that was changed', () => {
  const tree = fc
    .integer({ min: 2, max: most })
    .chain((size) => fc.record({ size: fc.constant(size), at: fc.nat(size - 1) }));

  it('proves nothing: any bit of leaf, root or proof', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async ({ size, at }) => {
        const p = {
          index: at,
          size,
          leaf: leafAt(at),
          proof: await inclusionProof(source, at, size),
          root: rootOf(size),
        };
        verifyInclusion(p);
        const changed = [
          ...everyBit(p.leaf).map((leaf) => ({ ...p, leaf })),
          ...everyBit(p.root).map((root) => ({ ...p, root })),
          ...p.proof.flatMap((hash, which) =>
            everyBit(hash).map((other) => ({ ...p, proof: p.proof.with(which, other) })),
          ),
        ];
        expect(new Set(changed.map((each) => refusalOf(() => verifyInclusion(each))))).toEqual(
          new Set(['inclusion-root-differs']),
        );
      }),
      { numRuns: 10 },
    );
  });

  it('proves nothing: any bit of the roots or of a proof of consistency', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async ({ size: to, at: from }) => {
        fc.pre(from > 0);
        const proof = await consistencyProof(source, from, to);
        const p = { from, to, fromRoot: rootOf(from), toRoot: rootOf(to), proof };
        verifyConsistency(p);
        const changed = [
          ...everyBit(p.fromRoot).map((fromRoot) => ({ ...p, fromRoot })),
          ...everyBit(p.toRoot).map((toRoot) => ({ ...p, toRoot })),
          ...proof.flatMap((hash, which) => everyBit(hash).map((other) => ({ ...p, proof: proof.with(which, other) }))),
        ];
        const refusals = new Set(changed.map((each) => refusalOf(() => verifyConsistency(each))));
        expect([...refusals].filter((code) => !code?.endsWith('-root-differs'))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('proves nothing: a hash more, fewer, or elsewhere; another leaf', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async ({ size, at }, other) => {
        const p = {
          index: at,
          size,
          leaf: leafAt(at),
          proof: await inclusionProof(source, at, size),
          root: rootOf(size),
        };
        const longer = { ...p, proof: [...p.proof, p.root] };
        const shorter = { ...p, proof: p.proof.slice(0, -1) };
        expect(refusalOf(() => verifyInclusion(longer))).toBe('inclusion-proof-length');
        expect(refusalOf(() => verifyInclusion(shorter))).toBe('inclusion-proof-length');
        expect(refusalOf(() => verifyInclusion({ ...p, proof: p.proof.with(0, Buffer.alloc(31)) }))).toBe(
          'hash-malformed',
        );
        const elsewhere = other % size;
        if (elsewhere !== at)
          expect(refusalOf(() => verifyInclusion({ ...p, index: elsewhere }))).toMatch(/^inclusion-/);
        const from = at + 1;
        const between = await consistencyProof(source, from, size);
        const c = { from, to: size, fromRoot: rootOf(from), toRoot: p.root, proof: [...between, p.root] };
        expect(refusalOf(() => verifyConsistency(c))).toBe('consistency-proof-length');
        if (between.length > 0) {
          const cut = { ...c, proof: between.slice(0, -1) };
          expect(refusalOf(() => verifyConsistency(cut))).toBe('consistency-proof-length');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is verified for trees of any size', () => {
    const size = Number.MAX_SAFE_INTEGER;
    const proof = Array.from({ length: 53 }, (_, height) => leafHash(Buffer.from(`sibling ${height}`)));
    const root = proof.reduce((hash, sibling) => nodeHash(hash, sibling), leafAt(0));
    verifyInclusion({ index: 0, size, leaf: leafAt(0), proof, root });
    expect(refusalOf(() => verifyInclusion({ index: 0, size: size + 1, leaf: leafAt(0), proof, root }))).toBe(
      'size-refused',
    );
    const p = { from: 2, to: 1, fromRoot: rootOf(2), toRoot: rootOf(1), proof: [] };
    expect(refusalOf(() => verifyConsistency(p))).toBe('consistency-sizes-refused');
    expect(refusalOf(() => verifyConsistency({ ...p, from: 0 }))).toBe('consistency-from-empty');
    expect(refusalOf(() => verifyConsistency({ ...p, from: 1 }))).toBe('consistency-new-root-differs');
  });
});
