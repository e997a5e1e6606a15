import { emptyRoot, nodeHash, TileBuilder, type TileSource } from '..';

/** Trees as RFC 6962 defines them, word for word: slow, and obviously right. D[begin:end] is given by its two ends. */
export class NaiveTree {
  private readonly roots = new Map<string, Buffer>();

  constructor(private readonly leaves: readonly Buffer[]) {}

  /** MTH(D[begin:end]) of section 2.1 */
  root(begin: number, end: number): Buffer {
    if (begin === end) return emptyRoot;
    if (end - begin === 1) return this.leaves[begin] as Buffer;
    const known = this.roots.get(`${begin} ${end}`);
    if (known) return known;
    const middle = begin + largestPowerBelow(end - begin);
    const root = nodeHash(this.root(begin, middle), this.root(middle, end));
    this.roots.set(`${begin} ${end}`, root);
    return root;
  }

  /** PATH(m, D[begin:end]) of section 2.1.1, where m is counted from the first leaf of all */
  inclusion(m: number, end: number, begin = 0): Buffer[] {
    if (end - begin === 1) return [];
    const middle = begin + largestPowerBelow(end - begin);
    if (m < middle) return [...this.inclusion(m, middle, begin), this.root(middle, end)];
    return [...this.inclusion(m, end, middle), this.root(begin, middle)];
  }

  /** PROOF(m, D[n]) = SUBPROOF(m, D[n], true) of section 2.1.2, with m as above */
  consistency(m: number, end: number, begin = 0, whole = true): Buffer[] {
    if (m === end) return whole ? [] : [this.root(begin, end)];
    const middle = begin + largestPowerBelow(end - begin);
    if (m <= middle) return [...this.consistency(m, middle, begin, whole), this.root(middle, end)];
    return [...this.consistency(m, end, middle, false), this.root(begin, middle)];
  }
}

function largestPowerBelow(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}

/** Tiles in memory, as a builder gave them; says which were read. */
export class MemoryTiles implements TileSource {
  readonly read: string[] = [];
  private readonly tiles = new Map<string, Buffer>();

  keep(changed: ReturnType<TileBuilder['takeChanged']>): this {
    for (const { level, index, hashes } of changed) this.tiles.set(`${level}/${index}`, hashes);
    return this;
  }

  async tile(level: number, index: number, width: number): Promise<Buffer> {
    this.read.push(`${level}/${index}`);
    const tile = this.tiles.get(`${level}/${index}`);
    if (!tile || tile.length < width * 32) throw new Error(`no tile ${level}/${index} of ${width}`);
    return tile.subarray(0, width * 32);
  }
}

export function tilesWith(leaves: readonly Buffer[]): MemoryTiles {
  const builder = new TileBuilder();
  for (const leaf of leaves) builder.append(leaf);
  return new MemoryTiles().keep(builder.takeChanged());
}
