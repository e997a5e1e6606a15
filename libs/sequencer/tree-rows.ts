import type { Pool, PoolClient } from 'pg';
import { TreeMovedError } from './errors';
import type { Tree, TreeName } from './tree';

interface Row {
  organisation: string;
  incarnation: number;
  origin: string;
  after: string;
  through: string | null;
  size: string;
  position: string;
}

const columns = 'organisation, incarnation, origin, after, through, size, position';

/** The trees of an organisation, the first incarnation first. */
export async function readTrees(on: Pool | PoolClient, organisation: string): Promise<Tree[]> {
  const { rows } = await on.query<Row>({
    name: 'ledger-trees',
    text: `SELECT ${columns} FROM ledger.trees WHERE organisation = $1 ORDER BY incarnation`,
    values: [organisation],
  });
  return rows.map(treeOf);
}

/** Holds a tree as it is until the transaction ends; undefined where there is none. */
export async function lockTree(client: PoolClient, { organisation, incarnation }: TreeName): Promise<Tree | undefined> {
  const { rows } = await client.query<Row>(
    `SELECT ${columns} FROM ledger.trees WHERE organisation = $1 AND incarnation = $2 FOR UPDATE`,
    [organisation, incarnation],
  );
  return rows[0] && treeOf(rows[0]);
}

export async function insertTree(client: PoolClient, tree: TreeName & Pick<Tree, 'origin' | 'after'>): Promise<void> {
  await client.query(
    `INSERT INTO ledger.trees (organisation, incarnation, origin, after, position) VALUES ($1, $2, $3, $4, $4)`,
    [tree.organisation, tree.incarnation, tree.origin, tree.after],
  );
}

/** How far a tree's tiles go. */
export interface Extent {
  readonly size: number;
  readonly position: bigint;
}

/**
 * Says that a tree that grows goes so far now, if it goes as far as the writer believes: whoever worked on another state
 * of it has its whole transaction refused. @throws TreeMovedError
 */
export async function moveTree(client: PoolClient, tree: TreeName, from: Extent, to: Extent): Promise<void> {
  const { rowCount } = await client.query({
    name: 'ledger-tree-move',
    text: `UPDATE ledger.trees SET size = $4, position = $6
           WHERE organisation = $1 AND incarnation = $2 AND size = $3 AND position = $5 AND through IS NULL`,
    values: [tree.organisation, tree.incarnation, from.size, to.size, from.position, to.position],
  });
  if (rowCount !== 1) throw new TreeMovedError(`the tree ${tree.organisation}/${tree.incarnation} goes elsewhere now`);
}

/** Says how far a tree that the transaction has locked goes after it was made again; ends it where `through` is given. */
export async function setTree(
  client: PoolClient,
  { organisation, incarnation }: TreeName,
  { size, position }: Extent,
  through?: bigint,
): Promise<void> {
  await client.query(
    `UPDATE ledger.trees SET size = $3, position = $4, through = coalesce($5, through)
     WHERE organisation = $1 AND incarnation = $2`,
    [organisation, incarnation, size, position, through ?? null],
  );
}

function treeOf({ after, through, size, position, ...row }: Row): Tree {
  return {
    ...row,
    after: BigInt(after),
    ...(through === null ? {} : { through: BigInt(through) }),
    size: Number(size),
    position: BigInt(position),
  };
}
