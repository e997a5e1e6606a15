import type { EventStore } from '@ardoise/event-store';
import { type TileSource, tileWidth } from '@ardoise/ledger';
import { inTransaction } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import { checkTree, type LedgerProblem } from './check';
import { checkpointCovering, checkpointsFrom, newestCheckpoint, newestCosigned, newestWithin } from './checkpoint-rows';
import { signerOf } from './cosignature-line';
import { LedgerRefusal } from './errors';
import { firstOfDay } from './first-of-day';
import { type OnRebuilt, rebuildTree, replayTree, type TreeEnd } from './rebuild';
import { positionBefore, tileAt, tileSource } from './tile-rows';
import type { CheckpointEntry, CheckpointName, Tree, TreeName } from './tree';
import { type Extent, insertTree, lockTree, readTrees, setTree } from './tree-rows';

export interface LedgerOptions {
  /** Sessions of the role ardoise_ledger. */
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'readLog' | 'readLeaves' | 'head'>;
}

const page = 500;
const headersAtOnce = 64;

/** The trees of every organisation, what was signed of them, and what others said of that: reading and keeping. */
export class Ledger {
  private readonly pool: Pool;
  private readonly store: LedgerOptions['store'];

  constructor({ pool, store }: LedgerOptions) {
    this.pool = pool;
    this.store = store;
  }

  /** The organisations that have trees, sorted. */
  async organisations(): Promise<string[]> {
    const { rows } = await this.pool.query<{ organisation: string }>(
      'SELECT DISTINCT organisation FROM ledger.trees ORDER BY 1',
    );
    return rows.map(({ organisation }) => organisation);
  }

  /** An organisation's trees, the first incarnation first. */
  trees(organisation: string): Promise<Tree[]> {
    return readTrees(this.pool, organisation);
  }

  /** The tree of an incarnation, or the newest. */
  async tree(organisation: string, incarnation?: number): Promise<Tree | undefined> {
    const trees = await this.trees(organisation);
    return incarnation === undefined ? trees.at(-1) : trees.find((tree) => tree.incarnation === incarnation);
  }

  /** Its tiles; rejects with TileMissingError where they were thrown away. */
  source(tree: Tree): TileSource {
    return tileSource(this.pool, tree);
  }

  /**
   * The first `width` entries of a bundle: headers, byte for byte as in the log.
   * @throws LedgerRefusal `entries-out-of-range` beyond the tree's end; TileMissingError
   */
  async entries(tree: Tree, index: number, width: number): Promise<Buffer[]> {
    const isInside = Number.isSafeInteger(index) && index >= 0 && width >= 1 && width <= tileWidth;
    if (!isInside || index * tileWidth + width > tree.size) {
      throw new LedgerRefusal('entries-out-of-range', `the tree has no ${width} entries in bundle ${index}`);
    }
    const after = await positionBefore(this.pool, tree, index);
    const headers = await this.headers(tree.organisation, after, width);
    if (headers.length === width) return headers;
    throw new LedgerRefusal(
      'entries-out-of-range',
      `the log has ${headers.length} of ${width} entries of bundle ${index}`,
    );
  }

  /** A few at a time: the log gives sections too, and these may be large. */
  private async headers(organisation: string, after: bigint, count: number): Promise<Buffer[]> {
    const headers: Buffer[] = [];
    let position = after;
    while (headers.length < count) {
      const events = await this.store.readLog(organisation, position, Math.min(headersAtOnce, count - headers.length));
      const last = events.at(-1);
      if (!last) break;
      headers.push(...events.map(({ header }) => Buffer.from(header)));
      position = last.position;
    }
    return headers;
  }

  /** The newest checkpoint, of an incarnation or of the newest tree. */
  async latest(organisation: string, incarnation?: number): Promise<CheckpointEntry | undefined> {
    const tree = await this.tree(organisation, incarnation);
    return tree && newestCheckpoint(this.pool, tree);
  }

  /**
   * The newest checkpoint whose leaves are all here. Of a tree that has ended some may have been signed and lost, as the
   * first leaf of the one after it says: what was signed of those proves nothing that can be shown.
   */
  async newestOf(tree: Tree): Promise<CheckpointEntry | undefined> {
    return tree.through === undefined ? newestCheckpoint(this.pool, tree) : newestWithin(this.pool, tree, tree.size);
  }

  /** The first checkpoint of at least that size. */
  async covering(tree: Tree, size: number): Promise<CheckpointEntry | undefined> {
    const [entry] = await checkpointsFrom(this.pool, tree, size, 1);
    return entry;
  }

  /** The newest checkpoints of a tree that anybody cosigned, at most so many, the largest first. */
  cosigned(tree: Tree, limit: number): Promise<CheckpointEntry[]> {
    return newestCosigned(this.pool, tree, limit);
  }

  /** The first checkpoint that covers a position of the log; of the tree that has it. */
  async coveringPosition(organisation: string, position: bigint): Promise<CheckpointEntry | undefined> {
    const tree = treeWith(await this.trees(organisation), position);
    return tree && checkpointCovering(this.pool, tree, position);
  }

  /** The first checkpoint of a day: of 24 hours from the instant on. */
  firstOfDay(tree: TreeName, day: Date): Promise<CheckpointEntry | undefined> {
    return firstOfDay(this.pool, tree, day);
  }

  /** The checkpoints of a tree from a size on, the smallest first. */
  async *checkpoints(tree: Tree, fromSize = 0): AsyncGenerator<CheckpointEntry> {
    for (let from = fromSize; ;) {
      const entries = await checkpointsFrom(this.pool, tree, from, page);
      yield* entries;
      const last = entries.at(-1);
      if (!last || entries.length < page) return;
      from = last.size + 1;
    }
  }

  /** Which leaf an event is; undefined while it is in no tree yet, or where there is no such event. */
  async indexOf(organisation: string, position: bigint): Promise<{ tree: Tree; index: number } | undefined> {
    const tree = treeWith(await this.trees(organisation), position);
    if (!tree || position > tree.position) return undefined;
    const tile = await tileAt(this.pool, tree, position);
    if (tile === undefined) return undefined;
    const after = await positionBefore(this.pool, tree, tile);
    const leaves = await this.store.readLeaves(organisation, after, tileWidth);
    const within = leaves.findIndex((leaf) => leaf.position === position);
    return within < 0 ? undefined : { tree, index: tile * tileWidth + within };
  }

  /** Keeps what witnesses added, the first line of each. @throws LedgerRefusal `cosignature-malformed` */
  async addCosignatures({ organisation, incarnation, size }: CheckpointName, lines: readonly string[]): Promise<void> {
    await this.pool.query(
      `INSERT INTO ledger.cosignatures (organisation, incarnation, size, signer, line)
       SELECT $1, $2, $3, e.signer, e.line FROM unnest($4::text[], $5::text[]) AS e (signer, line)
       ON CONFLICT DO NOTHING`,
      [organisation, incarnation, size, lines.map(signerOf), lines],
    );
  }

  /** Keeps a timestamp, the first for a checkpoint. */
  async addTimestamp({ organisation, incarnation, size }: CheckpointName, token: Buffer): Promise<void> {
    await this.pool.query(
      `INSERT INTO ledger.timestamps (organisation, incarnation, size, token) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [organisation, incarnation, size, token],
    );
  }

  /**
   * Begins a tree. Those before it end at `after` or sooner: what goes further is made anew from the log up to there,
   * whatever was signed of it, so that every event is in one tree. Repeating it changes nothing.
   * @throws LedgerRefusal `incarnation-refused` unless it is greater than all before it, or as another tree than it is
   */
  async begin(
    organisation: string,
    { incarnation, origin, after }: Pick<Tree, 'incarnation' | 'origin' | 'after'>,
  ): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await lockTrees(client, organisation);
      const trees = await readTrees(client, organisation);
      const same = trees.find((tree) => tree.incarnation === incarnation);
      if (same?.origin === origin && same.after === after) return;
      // A number may be skipped: an incarnation that others know of, and that this database was restored to before.
      if (same || incarnation <= (trees.at(-1)?.incarnation ?? 0) || after < 0n) {
        throw new LedgerRefusal('incarnation-refused', `incarnation ${incarnation} cannot begin after ${after}`);
      }
      for (const tree of trees) {
        const through = lesser(tree.through ?? after, after);
        if (through !== tree.through) await this.endTree(client, tree, greater(through, tree.after));
      }
      await insertTree(client, { organisation, incarnation, origin, after });
    });
  }

  /** What the log gives for a tree as it is now, whatever is stored of it. */
  replay(tree: Tree, end: TreeEnd): Promise<Extent & { readonly root: Buffer }> {
    return replayTree(this.store, tree, end);
  }

  /**
   * Throws the tiles of all trees away and makes them again from the log, in one transaction. Gives the newest tree.
   * @throws LedgerMismatchError when the log does not give what was signed of the newest; LedgerRefusal `tree-unknown`
   */
  async rebuild(organisation: string, onProgress?: OnRebuilt): Promise<{ size: number; root: Buffer }> {
    return inTransaction(this.pool, async (client) => {
      await lockTrees(client, organisation);
      const trees = await readTrees(client, organisation);
      const newest = trees.pop();
      if (!newest) throw new LedgerRefusal('tree-unknown', `${organisation} has no tree yet`);
      for (const tree of trees) {
        if (tree.through !== undefined) await this.endTree(client, tree, tree.through);
      }
      await lockTree(client, newest);
      const signed = await newestCheckpoint(client, newest);
      const size = Math.max(newest.size, signed?.size ?? 0);
      const parts = { client, store: this.store, isStrict: true, ...(onProgress ? { onProgress } : {}) };
      const rebuilt = await rebuildTree(parts, newest, { size });
      await setTree(client, newest, rebuilt);
      return { size: rebuilt.size, root: rebuilt.root };
    });
  }

  /** Holds the newest tree against its newest checkpoint and the log; undefined when they agree, or there is none. */
  async check(organisation: string): Promise<LedgerProblem | undefined> {
    // The checkpoint first: a tree only grows, and others sign meanwhile.
    const newest = await this.latest(organisation);
    const tree = await this.tree(organisation);
    return (
      tree && checkTree(this.pool, this.store, tree, newest?.incarnation === tree.incarnation ? newest : undefined)
    );
  }

  private async endTree(client: PoolClient, tree: Tree, through: bigint): Promise<void> {
    await lockTree(client, tree);
    const ended = await rebuildTree({ client, store: this.store, isStrict: false }, tree, { through });
    await setTree(client, tree, ended, through);
  }
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** The tree that has an event of this position, or will have it. */
function treeWith(trees: readonly Tree[], position: bigint): Tree | undefined {
  return trees.findLast(({ after }) => after < position);
}

/** One at a time begins trees of an organisation, or makes them again. */
async function lockTrees(client: PoolClient, organisation: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('ardoise/ledger/' || $1, 0))`, [organisation]);
}
