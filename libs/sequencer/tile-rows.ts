import { type TileSource, tileWidth } from '@ardoise/ledger';
import { byteaArray, int4Array, int8Array } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import { TileMissingError } from './errors';
import type { Tree, TreeName } from './tree';

/** A tile as it is after leaves were added; one of level 0 with the position of its last leaf. */
export interface TileRow {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
  readonly position?: bigint;
}

export const hashBytes = 32;

/** A tree's tiles, whole or their beginnings. Its reads reject with TileMissingError for what is not there. */
export function tileSource(on: Pool | PoolClient, { organisation, incarnation }: TreeName): TileSource {
  return {
    async tile(level, index, width) {
      const { rows } = await on.query<{ hashes: Buffer }>({
        name: 'ledger-tile',
        text: `SELECT substring(hashes FOR $5) AS hashes FROM ledger.tiles
               WHERE organisation = $1 AND incarnation = $2 AND level = $3 AND index = $4`,
        values: [organisation, incarnation, level, index, width * hashBytes],
      });
      const hashes = rows[0]?.hashes;
      if (hashes?.length === width * hashBytes) return hashes;
      throw new TileMissingError(
        `the tile ${level}/${index} of ${organisation}/${incarnation} has no ${width} hashes: see "ardoise ledger rebuild"`,
      );
    },
  };
}

/** Writes tiles as they are now over what they were. */
export async function writeTiles(client: PoolClient, tree: TreeName, tiles: readonly TileRow[]): Promise<void> {
  if (tiles.length === 0) return;
  await client.query({
    name: 'ledger-tiles-write',
    text: `INSERT INTO ledger.tiles AS t (organisation, incarnation, level, index, hashes, position)
           SELECT $1, $2, e.level, e.index, e.hashes, CASE WHEN e.level = 0 THEN e.position END
           FROM unnest($3::int[], $4::bigint[], $5::bytea[], $6::bigint[]) AS e (level, index, hashes, position)
           ON CONFLICT (organisation, incarnation, level, index)
             DO UPDATE SET hashes = excluded.hashes, position = excluded.position`,
    values: [
      tree.organisation,
      tree.incarnation,
      int4Array(tiles.map(({ level }) => level)),
      int8Array(tiles.map(({ index }) => index)),
      byteaArray(tiles.map(({ hashes }) => hashes)),
      int8Array(tiles.map(({ position }) => position ?? 0n)),
    ],
  });
}

export async function deleteTiles(client: PoolClient, { organisation, incarnation }: TreeName): Promise<void> {
  await client.query('DELETE FROM ledger.tiles WHERE organisation = $1 AND incarnation = $2', [
    organisation,
    incarnation,
  ]);
}

/** Whether the tree has as many tiles as one of its size has; what is in them is not looked at. */
export async function hasAllTiles(on: Pool | PoolClient, { organisation, incarnation, size }: Tree): Promise<boolean> {
  const { rows } = await on.query<{ count: string }>(
    'SELECT count(*) FROM ledger.tiles WHERE organisation = $1 AND incarnation = $2',
    [organisation, incarnation],
  );
  return Number(rows[0]?.count) === countOfTiles(size);
}

/** Tiles of all levels, partial ones with them. */
export function countOfTiles(size: number): number {
  let count = 0;
  for (let hashes = size; hashes > 0; hashes = Math.floor(hashes / tileWidth)) count += Math.ceil(hashes / tileWidth);
  return count;
}

/** The position after which a tile of level 0 begins. @throws TileMissingError */
export async function positionBefore(on: Pool | PoolClient, tree: Tree, index: number): Promise<bigint> {
  if (index === 0) return tree.after;
  const { organisation, incarnation } = tree;
  const { rows } = await on.query<{ position: string }>({
    name: 'ledger-tile-position',
    text: `SELECT position FROM ledger.tiles
           WHERE organisation = $1 AND incarnation = $2 AND level = 0 AND index = $3`,
    values: [organisation, incarnation, index - 1],
  });
  const [row] = rows;
  if (row) return BigInt(row.position);
  throw new TileMissingError(`the tile 0/${index - 1} of ${organisation}/${incarnation} is missing`);
}

/** The tile of level 0 that has the leaf of a position, or the first one behind it; undefined beyond the last one. */
export async function tileAt(on: Pool | PoolClient, tree: TreeName, position: bigint): Promise<number | undefined> {
  const { rows } = await on.query<{ index: string }>({
    name: 'ledger-tile-at',
    text: `SELECT index FROM ledger.tiles
           WHERE organisation = $1 AND incarnation = $2 AND level = 0 AND position >= $3 ORDER BY position LIMIT 1`,
    values: [tree.organisation, tree.incarnation, position],
  });
  return rows[0] && Number(rows[0].index);
}
