import { checkHash, checkSize } from './encoding';
import { LedgerError } from './errors';
import { sha256 } from './sha256';

/** The root of the tree without leaves: the hash of nothing (RFC 6962, section 2.1). */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

// One input at a time is put together here; nothing is awaited between writing and hashing.
const nodeInput = Buffer.alloc(65, 1);
const leafInput = Buffer.alloc(4097, 0);

/** The hash of a leaf, SHA-256(00 ‖ entry), which no inner node can have (RFC 6962, section 2.1). */
export function leafHash(entry: Uint8Array): Buffer {
  const end = entry.length + 1;
  const input = end <= leafInput.length ? leafInput.subarray(0, end) : Buffer.alloc(end, 0);
  input.set(entry, 1);
  return sha256(input);
}

/** The hash of an inner node, SHA-256(01 ‖ left ‖ right), of two hashes of 32 bytes (RFC 6962, section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  checkHash(left, 'the left hash');
  checkHash(right, 'the right hash');
  nodeInput.set(left, 1);
  nodeInput.set(right, 33);
  return sha256(nodeInput);
}

/** The root of neighbouring subtrees, given by their roots from left to right, the largest first. */
export function foldRoots(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1);
  if (!last) return emptyRoot;
  return hashes.slice(0, -1).reduceRight((root, hash) => nodeHash(hash, root), last);
}

/**
 * The right edge of a growing tree: the roots of its complete subtrees, which is all that a further leaf and the tree's
 * root need.
 */
export class CompactRange {
  #size = 0;
  #hashes: Buffer[] = [];

  /**
   * The edge of a tree of `size` leaves, from the roots of its complete subtrees, the largest first: as many as `size` has
   * ones in base two. They are believed.
   * @throws LedgerError `size-refused`, `hash-malformed`
   */
  static of(size: number, hashes: readonly Buffer[]): CompactRange {
    checkSize(size, 'the size of a tree');
    const ones = size.toString(2).replaceAll('0', '').length;
    if (hashes.length !== ones) {
      throw new LedgerError(
        'size-refused',
        `a tree of ${size} leaves has ${ones} complete subtrees, not ${hashes.length}`,
      );
    }
    for (const hash of hashes) checkHash(hash, 'the root of a subtree');
    const range = new CompactRange();
    range.#size = size;
    range.#hashes = [...hashes];
    return range;
  }

  get size(): number {
    return this.#size;
  }

  /** The roots of the complete subtrees, the largest first. */
  get hashes(): readonly Buffer[] {
    return [...this.#hashes];
  }

  /** @throws LedgerError `hash-malformed` unless it is the hash of a leaf, 32 bytes. */
  append(leaf: Buffer): void {
    checkHash(leaf, 'the hash of a leaf');
    let root = leaf;
    // Each one at the end of the size stands for a subtree as large as that which is complete now.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeHash(this.#hashes.pop() as Buffer, root);
    }
    this.#hashes.push(root);
    this.#size++;
  }

  root(): Buffer {
    return foldRoots(this.#hashes);
  }

  copy(): CompactRange {
    return CompactRange.of(this.#size, this.#hashes);
  }
}
