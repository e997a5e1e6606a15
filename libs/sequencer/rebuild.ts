import type { EventStore, StoredLeaf } from '@ardoise/event-store';
import { CompactRange, TileBuilder } from '@ardoise/ledger';
import type { PoolClient } from 'pg';
import { checkpointsFrom } from './checkpoint-rows';
import { LedgerMismatchError } from './errors';
import { changedTiles } from './changed-tiles';
import { deleteTiles, writeTiles } from './tile-rows';
import type { CheckpointEntry, Tree } from './tree';
import type { Extent } from './tree-rows';

export type OnRebuilt = (done: number, total: number) => void;

/** Most leaves that are read, and whose tiles are written, at once. */
export const batchLeaves = 16_384;

/** Where a tree is to end: at so many leaves, or with the last event that does not lie behind a position. */
export type TreeEnd = { readonly size: number } | { readonly through: bigint };

/** The leaves of a tree as the log has them now, in batches; they end early where the log does. */
export async function* leavesOf(
  store: Pick<EventStore, 'readLeaves'>,
  { organisation, after }: Tree,
  end: TreeEnd,
): AsyncGenerator<readonly StoredLeaf[]> {
  let [position, size] = [after, 0];
  for (;;) {
    const wanted = 'size' in end ? Math.min(batchLeaves, end.size - size) : batchLeaves;
    if (wanted === 0) return;
    const read = await store.readLeaves(organisation, position, wanted);
    const leaves = 'size' in end ? read : read.filter((leaf) => leaf.position <= end.through);
    const last = leaves.at(-1);
    if (!last) return;
    yield leaves;
    size += leaves.length;
    position = last.position;
  }
}

/** What the log gives for a tree now; nothing is stored, no tile is read. */
export async function replayTree(
  store: Pick<EventStore, 'readLeaves'>,
  tree: Tree,
  end: TreeEnd,
): Promise<Extent & { readonly root: Buffer }> {
  const range = new CompactRange();
  let position = tree.after;
  for await (const leaves of leavesOf(store, tree, end)) {
    for (const leaf of leaves) range.append(leaf.leaf);
    position = leaves.at(-1)?.position ?? position;
  }
  return { size: range.size, position, root: range.root() };
}

export interface RebuildParts {
  /** Holds the tree's row locked; everything happens in its transaction. */
  readonly client: PoolClient;
  readonly store: Pick<EventStore, 'readLeaves'>;
  /** Whether every checkpoint on the way must be met. */
  readonly isStrict: boolean;
  readonly onProgress?: OnRebuilt;
}

/**
 * Throws a tree's tiles away and makes them again from the log.
 * @throws LedgerMismatchError when a checkpoint is not met, or the log ends before the tree should
 */
export async function rebuildTree(
  { client, store, isStrict, onProgress = () => undefined }: RebuildParts,
  tree: Tree,
  end: TreeEnd,
): Promise<Extent & { readonly root: Buffer }> {
  const builder = new TileBuilder();
  const total = 'size' in end ? end.size : Math.max(tree.size, 1);
  const met = new CheckpointsToMeet(client, tree);
  let position = tree.after;
  await deleteTiles(client, tree);
  for await (const leaves of leavesOf(store, tree, end)) {
    const begin = builder.size;
    for (const leaf of leaves) {
      builder.append(leaf.leaf);
      if (isStrict) await met.at(builder, leaf.position);
    }
    await writeTiles(client, tree, changedTiles(builder, begin, leaves));
    position = leaves.at(-1)?.position ?? position;
    onProgress(builder.size, Math.max(total, builder.size));
  }
  if ('size' in end && builder.size < end.size) {
    throw new LedgerMismatchError(
      'ledger-older',
      tree.organisation,
      `the log has ${builder.size} leaves for it, and ${end.size} are known`,
    );
  }
  return { size: builder.size, position, root: builder.root() };
}

/** The checkpoints of a tree along the way, in order. */
class CheckpointsToMeet {
  private page: CheckpointEntry[] = [];
  private from = 0;
  private next: CheckpointEntry | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly tree: Tree,
  ) {}

  /** @throws LedgerMismatchError `ledger-differs` */
  async at(builder: TileBuilder, position: bigint): Promise<void> {
    if (this.from === 0) await this.turn();
    if (this.next?.size !== builder.size) return;
    if (!this.next.root.equals(builder.root()) || this.next.position !== position) {
      throw new LedgerMismatchError(
        'ledger-differs',
        this.tree.organisation,
        `the log does not give the root of the checkpoint of ${builder.size} leaves`,
      );
    }
    await this.turn();
  }

  private async turn(): Promise<void> {
    if (this.page.length === 0) this.page = await checkpointsFrom(this.client, this.tree, this.from, 500);
    this.next = this.page.shift();
    this.from = (this.next?.size ?? Number.MAX_SAFE_INTEGER - 1) + 1;
  }
}
