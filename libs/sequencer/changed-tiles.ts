import type { StoredLeaf } from '@ardoise/event-store';
import { type TileBuilder, tileWidth } from '@ardoise/ledger';
import { hashBytes, type TileRow } from './tile-rows';

/**
 * The tiles that changed since they were asked for last, ready to be written. Of level 0 they end with one of the leaves
 * that were added since: the position of that one is the tile's.
 * @param begin how many leaves the tree had before the ones given
 */
export function changedTiles(builder: TileBuilder, begin: number, leaves: readonly StoredLeaf[]): TileRow[] {
  return builder.takeChanged().map((tile) => {
    if (tile.level > 0) return tile;
    const last = leaves[tile.index * tileWidth + tile.hashes.length / hashBytes - 1 - begin];
    if (!last) throw new RangeError('a tile changed, and none of the leaves that were added is in it');
    return { ...tile, position: last.position };
  });
}
