import { checkSize } from './encoding';
import { CompactRange, foldRoots } from './merkle';
import { readEdge, type TileSource } from './tile-source';
import { tileWidth } from './tiles';

/** The right-most tile of a level: its hashes so far, and the subtrees they make. */
class GrowingTile {
  index = 0;
  hashes: Buffer[] = [];
  range = new CompactRange();
  changed = false;

  append(hash: Buffer): void {
    this.range.append(hash);
    this.hashes.push(hash);
    this.changed = true;
  }

  next(): void {
    this.index++;
    this.hashes = [];
    this.range = new CompactRange();
    this.changed = false;
  }
}

/** A tile as it is now, with all of its hashes one after the other. */
export interface ChangedTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
}

/** What a sequencer keeps of a growing tree: appends hashes of leaves and says which tiles came of it. */
export class TileBuilder {
  #size = 0;
  private readonly levels: GrowingTile[] = [];
  private full: ChangedTile[] = [];

  /**
   * Goes on where a tree of `size` leaves stands. The tiles are believed: compare `root()` with a checkpoint.
   * @throws LedgerError `size-refused`, `tile-malformed`; what the source throws.
   */
  static async resume(size: number, source: TileSource): Promise<TileBuilder> {
    checkSize(size, 'the size of a tree');
    const builder = new TileBuilder();
    for (const [level, hashes] of (await readEdge(source, size)).entries()) {
      const tile = builder.level(level);
      tile.index = Math.floor(size / tileWidth ** (level + 1));
      for (const hash of hashes) tile.append(Buffer.from(hash));
      tile.changed = false;
    }
    builder.#size = size;
    return builder;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws LedgerError `hash-malformed` unless it is the hash of a leaf, 32 bytes. */
  append(leaf: Buffer): void {
    this.appendAt(0, leaf);
    this.#size++;
  }

  root(): Buffer {
    return foldRoots(this.levels.flatMap(({ range }) => [...range.hashes].reverse()).reverse());
  }

  /** The tiles that changed since this was asked last, lowest level and index first, each whole as it is now. */
  takeChanged(): ChangedTile[] {
    const partial = this.levels.flatMap((tile, level) => {
      if (!tile.changed) return [];
      tile.changed = false;
      return [{ level, index: tile.index, hashes: Buffer.concat(tile.hashes) }];
    });
    const changed = [...this.full, ...partial].sort((a, b) => a.level - b.level || a.index - b.index);
    this.full = [];
    return changed;
  }

  private appendAt(level: number, hash: Buffer): void {
    const tile = this.level(level);
    tile.append(hash);
    if (tile.hashes.length < tileWidth) return;
    this.full.push({ level, index: tile.index, hashes: Buffer.concat(tile.hashes) });
    const root = tile.range.root();
    tile.next();
    this.appendAt(level + 1, root);
  }

  private level(level: number): GrowingTile {
    return (this.levels[level] ??= new GrowingTile());
  }
}
