import { checkHash, checkSize } from './encoding';
import { LedgerError, type LedgerErrorCode } from './errors';
import { nodeHash } from './merkle';

const half = (number: number): number => Math.floor(number / 2);

function checkProof(proof: readonly Buffer[]): void {
  for (const hash of proof) checkHash(hash, 'a hash of a proof');
}

/**
 * That the leaf is the one numbered `index` of the tree of `size` leaves with that root (RFC 9162, section 2.1.3.2; the
 * proofs are those of RFC 6962).
 * @throws LedgerError `size-refused`, `hash-malformed`, `inclusion-index-outside`, `inclusion-proof-length`,
 * `inclusion-root-differs`
 */
export function verifyInclusion(p: {
  index: number;
  size: number;
  leaf: Buffer;
  proof: readonly Buffer[];
  root: Buffer;
}): void {
  checkSize(p.index, 'the number of a leaf');
  checkSize(p.size, 'the size of a tree');
  if (p.index >= p.size) {
    throw new LedgerError('inclusion-index-outside', `a tree of ${p.size} leaves has none numbered ${p.index}`);
  }
  checkHash(p.leaf, 'the hash of a leaf');
  checkHash(p.root, 'the root of a tree');
  checkProof(p.proof);
  let [node, last, hash] = [p.index, p.size - 1, p.leaf];
  for (const sibling of p.proof) {
    if (last === 0) throw wrongLength('inclusion-proof-length', p.proof);
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // A right edge without a sibling rises until it has one.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw wrongLength('inclusion-proof-length', p.proof);
  if (!hash.equals(p.root)) {
    throw new LedgerError('inclusion-root-differs', 'leaf and proof do not lead to the root of the tree');
  }
}

/**
 * That the tree of `to` leaves begins with the tree of `from` leaves (RFC 9162, section 2.1.4.2). Between trees of one size
 * the proof is empty and the roots are the same. From the empty tree there is nothing to prove, and it is refused: who
 * allows it (a witness that has seen nothing yet) says so himself.
 * @throws LedgerError `size-refused`, `hash-malformed`, `consistency-from-empty`, `consistency-sizes-refused`,
 * `consistency-proof-length`, `consistency-old-root-differs`, `consistency-new-root-differs`
 */
export function verifyConsistency(p: {
  from: number;
  to: number;
  fromRoot: Buffer;
  toRoot: Buffer;
  proof: readonly Buffer[];
}): void {
  checkSize(p.from, 'the size of the older tree');
  checkSize(p.to, 'the size of the newer tree');
  if (p.from === 0) throw new LedgerError('consistency-from-empty', 'any tree begins with the empty one');
  if (p.from > p.to) {
    throw new LedgerError('consistency-sizes-refused', `a tree of ${p.to} leaves cannot begin with one of ${p.from}`);
  }
  checkHash(p.fromRoot, 'the root of the older tree');
  checkHash(p.toRoot, 'the root of the newer tree');
  checkProof(p.proof);
  const { fromRoot, toRoot } = p.from === p.to ? rootsOfEqual(p) : rootsOfProof(p);
  if (!fromRoot.equals(p.fromRoot)) {
    throw new LedgerError('consistency-old-root-differs', 'the proof does not lead to the root of the older tree');
  }
  if (!toRoot.equals(p.toRoot)) {
    throw new LedgerError('consistency-new-root-differs', 'the proof does not lead to the root of the newer tree');
  }
}

type Roots = { fromRoot: Buffer; toRoot: Buffer };

function rootsOfEqual(p: { fromRoot: Buffer; proof: readonly Buffer[] }): Roots {
  if (p.proof.length > 0) throw wrongLength('consistency-proof-length', p.proof);
  return { fromRoot: p.fromRoot, toRoot: p.fromRoot };
}

function rootsOfProof(p: { from: number; to: number; fromRoot: Buffer; proof: readonly Buffer[] }): Roots {
  let [node, last] = [p.from - 1, p.to - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // An older tree of 2^n leaves is a subtree of the newer: its root begins the proof and is not sent.
  const [first, ...rest] = node === 0 ? [p.fromRoot, ...p.proof] : p.proof;
  if (!first) throw wrongLength('consistency-proof-length', p.proof);
  let [fromRoot, toRoot] = [first, first];
  for (const sibling of rest) {
    if (last === 0) throw wrongLength('consistency-proof-length', p.proof);
    if (node % 2 === 1 || node === last) {
      fromRoot = nodeHash(sibling, fromRoot);
      toRoot = nodeHash(sibling, toRoot);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      toRoot = nodeHash(toRoot, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw wrongLength('consistency-proof-length', p.proof);
  return { fromRoot, toRoot };
}

function wrongLength(code: LedgerErrorCode, proof: readonly Buffer[]): LedgerError {
  return new LedgerError(code, `a proof of ${proof.length} hashes is too long or too short for these sizes`);
}
