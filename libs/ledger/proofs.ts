import { checkSize } from './encoding';
import { LedgerError } from './errors';
import { emptyRoot } from './merkle';
import { TileReader, type TileSource } from './tile-source';

type Leaves = readonly [begin: number, end: number];

/** The largest power of two that is less than the number, which is at least 2 (RFC 6962, section 2.1). */
function split(leaves: number): number {
  let power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

/**
 * The hashes that lead from leaf `index` to the root of the tree of `size` leaves, nearest first (RFC 6962, section 2.1.1).
 * @throws LedgerError `size-refused`, `inclusion-index-outside`, `tile-malformed`; what the source throws.
 */
export async function inclusionProof(source: TileSource, index: number, size: number): Promise<Buffer[]> {
  checkSize(index, 'the number of a leaf');
  checkSize(size, 'the size of a tree');
  if (index >= size) {
    throw new LedgerError('inclusion-index-outside', `a tree of ${size} leaves has none numbered ${index}`);
  }
  const siblings: Leaves[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + split(end - begin);
    siblings.push(index < middle ? [middle, end] : [begin, middle]);
    if (index < middle) end = middle;
    else begin = middle;
  }
  return rootsOf(source, size, siblings.reverse());
}

/**
 * The hashes that lead from the tree of `from` leaves to that of `to` (RFC 6962, section 2.1.2). None for one size, and none
 * from the empty tree, where there is nothing to prove.
 * @throws LedgerError `size-refused`, `consistency-sizes-refused`, `tile-malformed`; what the source throws.
 */
export async function consistencyProof(source: TileSource, from: number, to: number): Promise<Buffer[]> {
  checkSize(from, 'the size of the older tree');
  checkSize(to, 'the size of the newer tree');
  if (from > to) {
    throw new LedgerError('consistency-sizes-refused', `a tree of ${to} leaves cannot begin with one of ${from}`);
  }
  if (from === 0) return [];
  const parts: Leaves[] = [];
  let [begin, end] = [0, to];
  while (end !== from) {
    const middle = begin + split(end - begin);
    parts.push(from <= middle ? [middle, end] : [begin, middle]);
    if (from <= middle) end = middle;
    else begin = middle;
  }
  // The whole older tree is known to whoever verifies; a part of it is not.
  if (begin !== 0) parts.push([begin, end]);
  return rootsOf(source, to, parts.reverse());
}

/**
 * The root of the first `size` leaves.
 * @throws LedgerError `size-refused`, `tile-malformed`; what the source throws.
 */
export async function rootAt(source: TileSource, size: number): Promise<Buffer> {
  checkSize(size, 'the size of a tree');
  return size === 0 ? emptyRoot : new TileReader(source, size).rootOf(0, size);
}

function rootsOf(source: TileSource, size: number, parts: readonly Leaves[]): Promise<Buffer[]> {
  const reader = new TileReader(source, size);
  return Promise.all(parts.map(([begin, end]) => reader.rootOf(begin, end)));
}
