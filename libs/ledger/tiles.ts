import { checkSize } from './encoding';
import { LedgerError } from './errors';

/** How many hashes or entries a full tile has. */
export const tileWidth = 256;

/** Levels of tiles that a path can name (c2sp.org/tlog-tiles). A tree of less than 2^53 leaves has at most seven. */
const levels = 64;

/**
 * A tile of hashes, or (`entries`) the bundle of entries below a tile of level 0, as c2sp.org/tlog-tiles has them. The
 * width is how many hashes or entries there are, 1 to 256; a tile is partial while it is less than 256.
 */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/**
 * The path of a tile, relative to the ledger: `tile/0/x001/234.p/5`, `tile/entries/000`.
 * @throws LedgerError `tile-refused` when there is no such tile.
 */
export function tilePath(tile: Tile): string {
  const { level, index, width } = tile;
  const rightLevel = level === 'entries' || (Number.isInteger(level) && level >= 0 && level < levels);
  const rightWidth = Number.isInteger(width) && width >= 1 && width <= tileWidth;
  if (!rightLevel || !rightWidth || !Number.isSafeInteger(index) || index < 0) {
    throw new LedgerError('tile-refused', 'a tile has a level of 0 to 63, an index from 0 and a width of 1 to 256');
  }
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) as string[];
  const folders = groups.slice(0, -1).map((group) => `x${group}/`);
  const suffix = width === tileWidth ? '' : `.p/${width}`;
  return `tile/${level}/${folders.join('')}${groups.at(-1)}${suffix}`;
}

const pathForm =
  /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,5})([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The tile that a path names; undefined unless it is the one canonical form of that path. */
export function parseTilePath(path: string): Tile | undefined {
  const parts = pathForm.exec(path);
  if (!parts) return undefined;
  const [, level, folders, last, partial] = parts;
  const index = Number((folders as string).replaceAll(/[x/]/g, '') + (last as string));
  if (!Number.isSafeInteger(index)) return undefined;
  const width = partial === undefined ? tileWidth : Number(partial);
  if (width > tileWidth) return undefined;
  const tile: Tile = { level: level === 'entries' ? level : Number(level), index, width };
  return tilePath(tile) === path ? tile : undefined;
}

/** How many hashes of that level a tree of `size` has: the roots of its complete subtrees of 256^level leaves. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** The width, 0 to 256, that the tile has in a tree of `size`; 0 where that tree has no such tile. */
export function widthOf(level: number | 'entries', index: number, size: number): number {
  const hashes = hashesAt(level === 'entries' ? 0 : level, size);
  return Math.max(0, Math.min(tileWidth, hashes - index * tileWidth));
}

/**
 * The tiles of hashes, all levels, lowest first, that a tree of `size` has and one of `from` had not, or not so wide: full
 * ones, and the partial ones of `size`.
 * @throws LedgerError `size-refused`
 */
export function tilesOf(size: number, from = 0): Tile[] {
  checkSizes(size, from);
  const tiles: Tile[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) tiles.push(...tilesAt(level, level, size, from));
  return tiles;
}

/** The same of the bundles of entries. @throws LedgerError `size-refused` */
export function entryBundlesOf(size: number, from = 0): Tile[] {
  checkSizes(size, from);
  return tilesAt('entries', 0, size, from);
}

function tilesAt(level: Tile['level'], height: number, size: number, from: number): Tile[] {
  const [before, now] = [hashesAt(height, from), hashesAt(height, size)];
  const tiles: Tile[] = [];
  if (now === before) return tiles;
  for (let index = Math.floor(before / tileWidth); index * tileWidth < now; index++) {
    tiles.push({ level, index, width: Math.min(tileWidth, now - index * tileWidth) });
  }
  return tiles;
}

function checkSizes(size: number, from: number): void {
  checkSize(size, 'the size of a tree');
  checkSize(from, 'the size of the older tree');
  if (from > size) throw new LedgerError('size-refused', `a tree of ${size} leaves was never one of ${from}`);
}
