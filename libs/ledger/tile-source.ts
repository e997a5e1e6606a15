import { hashLength } from './encoding';
import { LedgerError } from './errors';
import { CompactRange } from './merkle';
import { hashesAt, tileWidth, widthOf } from './tiles';

/** Where tiles come from: a database, a folder, a server. */
export interface TileSource {
  /**
   * The first `width` hashes of the tile, exactly 32·width bytes. Whoever has the tile only in a greater width (the tree has
   * grown) gives the beginning of that.
   */
  tile(level: number, index: number, width: number): Promise<Buffer>;
}

/** @throws LedgerError `tile-malformed` when the source gives something of another length. */
async function readTile(source: TileSource, level: number, index: number, width: number): Promise<Buffer> {
  const bytes = await source.tile(level, index, width);
  if (bytes.length !== width * hashLength) {
    throw new LedgerError(
      'tile-malformed',
      `tile ${level}/${index} of ${width} hashes has ${bytes.length} bytes, not ${width * hashLength}`,
    );
  }
  return bytes;
}

function hashesOf(tile: Buffer, from: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) =>
    tile.subarray((from + at) * hashLength, (from + at + 1) * hashLength),
  );
}

/** The nodes of a tree of a given size, from tiles each of which is read once. */
export class TileReader {
  private readonly tiles = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly source: TileSource,
    private readonly size: number,
  ) {}

  /**
   * The root of the leaves from `begin` up to `end`, where begin is a multiple of the smallest power of two that is not
   * less than their number: so are all the ranges of leaves that RFC 6962 speaks of.
   */
  async rootOf(begin: number, end: number): Promise<Buffer> {
    const nodes: Promise<Buffer>[] = [];
    let from = begin;
    while (from < end) {
      let height = 0;
      while (2 ** (height + 1) <= end - from) height++;
      nodes.push(this.node(height, from / 2 ** height));
      from += 2 ** height;
    }
    const hashes = await Promise.all(nodes);
    return CompactRange.of(end - begin, hashes).root();
  }

  /** The root of the `index`-th complete subtree of 2^height leaves. */
  private async node(height: number, index: number): Promise<Buffer> {
    const level = Math.floor(height / 8);
    const count = 2 ** (height % 8);
    const first = index * count;
    const tile = await this.tile(level, Math.floor(first / tileWidth));
    const range = new CompactRange();
    for (const hash of hashesOf(tile, first % tileWidth, count)) range.append(hash);
    return range.root();
  }

  private tile(level: number, index: number): Promise<Buffer> {
    const key = `${level}/${index}`;
    const known = this.tiles.get(key);
    if (known) return known;
    const read = readTile(this.source, level, index, widthOf(level, index, this.size));
    this.tiles.set(key, read);
    return read;
  }
}

/** The right-most tiles that are not full, by level: with them a tree goes on growing. A level that has none has []. */
export function readEdge(source: TileSource, size: number): Promise<Buffer[][]> {
  const levels: Promise<Buffer[]>[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) levels.push(edgeAt(source, level, hashesAt(level, size)));
  return Promise.all(levels);
}

async function edgeAt(source: TileSource, level: number, hashes: number): Promise<Buffer[]> {
  const width = hashes % tileWidth;
  if (width === 0) return [];
  return hashesOf(await readTile(source, level, (hashes - width) / tileWidth, width), 0, width);
}
