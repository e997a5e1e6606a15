import { type EventStore, leafAt } from '@ardoise/event-store';
import { rootAt, tileWidth } from '@ardoise/ledger';
import type { Pool } from 'pg';
import { TileMissingError } from './errors';
import { replayTree } from './rebuild';
import { hashBytes, tileSource } from './tile-rows';
import type { CheckpointEntry, Tree } from './tree';

/** Why nothing more may be signed for an organisation; `detail` names sizes and positions only. */
export interface LedgerProblem {
  /** Another content than was signed, or less than was signed. */
  readonly code: 'ledger-differs' | 'ledger-older';
  readonly detail: string;
}

type Reading = Pick<EventStore, 'readLeaves' | 'head'>;

/**
 * Holds a tree against its newest checkpoint, read before it, and against its log, without reading more than its edge: the newest checkpoint's
 * root must follow from the tiles, and the tree's last leaf must be the log's. Tiles that are not there are no problem:
 * then the whole log is read instead.
 */
export async function checkTree(
  pool: Pool,
  store: Reading,
  tree: Tree,
  newest: CheckpointEntry | undefined,
): Promise<LedgerProblem | undefined> {
  if (newest && newest.size > tree.size && !(await follows(store, tree, newest))) {
    return {
      code: 'ledger-older',
      detail: `the tree has ${tree.size} leaves, a checkpoint of ${newest.size} is signed`,
    };
  }
  const problem = await checkEnd(pool, store, tree);
  return problem ?? (newest && checkRoot(pool, store, tree, newest));
}

async function checkRoot(
  pool: Pool,
  store: Reading,
  tree: Tree,
  newest: CheckpointEntry,
): Promise<LedgerProblem | undefined> {
  const { size, root } = newest;
  if (size > tree.size) return undefined;
  const differs: LedgerProblem = {
    code: 'ledger-differs',
    detail: `the root of the checkpoint of ${size} leaves does not follow from what is stored`,
  };
  try {
    return (await rootAt(tileSource(pool, tree), size)).equals(root) ? undefined : differs;
  } catch (error) {
    if (!(error instanceof TileMissingError)) throw error;
    return (await follows(store, tree, newest)) ? undefined : differs;
  }
}

/** Whether the log as it is gives what was signed. */
async function follows(store: Reading, tree: Tree, { size, root, position }: CheckpointEntry): Promise<boolean> {
  const replayed = await replayTree(store, tree, { size });
  return replayed.size === size && replayed.position === position && replayed.root.equals(root);
}

async function checkEnd(pool: Pool, store: Reading, tree: Tree): Promise<LedgerProblem | undefined> {
  const { organisation, size, position } = tree;
  const head = await store.head(organisation);
  if (head < position) {
    return { code: 'ledger-older', detail: `the log ends at ${head}, the tree goes to ${position}` };
  }
  if (size === 0) return undefined;
  const found = await leafAt(store, organisation, position);
  const last = await lastLeaf(pool, tree);
  if (found && (last === undefined || found.leaf.equals(last))) return undefined;
  return {
    code: 'ledger-differs',
    detail: `the log has another event at ${position} than leaf ${size - 1} was made of`,
  };
}

/** Undefined where the tile is missing. */
async function lastLeaf(pool: Pool, tree: Tree): Promise<Buffer | undefined> {
  const index = Math.floor((tree.size - 1) / tileWidth);
  try {
    const hashes = await tileSource(pool, tree).tile(0, index, tree.size - index * tileWidth);
    return hashes.subarray(-hashBytes);
  } catch (error) {
    if (error instanceof TileMissingError) return undefined;
    throw error;
  }
}
