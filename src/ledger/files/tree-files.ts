import { Injectable } from '@nestjs/common';
import { formatCheckpointLine } from '@ardoise/bundle';
import { entryBundlesOf, formatEntries, parseTilePath, tilesOf, tileWidth, widthOf, type Tile } from '@ardoise/ledger';
import { Ledger, published } from '@ardoise/sequencer';
import type { LedgerSince } from './since';
import type { StatedTree } from './ledger-state';

const checkpointsAtOnce = 100;

/** The files of one tree: its checkpoints, its tiles, its entries. */
@Injectable()
export class TreeFiles {
  constructor(private readonly ledger: Ledger) {}

  /** The newest checkpoint, with the cosignatures there are. */
  checkpoint({ newest }: StatedTree): Buffer | undefined {
    return newest && published(newest);
  }

  /** Every checkpoint up to the newest, in lines. */
  async *checkpoints({ tree, newest }: StatedTree): AsyncGenerator<Buffer> {
    if (!newest) return;
    let lines: Buffer[] = [];
    for await (const entry of this.ledger.checkpoints(tree)) {
      if (entry.size > newest.size) break;
      const { size, timestamp } = entry;
      lines.push(formatCheckpointLine({ size, note: published(entry), ...(timestamp ? { timestamp } : {}) }));
      if (lines.length < checkpointsAtOnce) continue;
      yield Buffer.concat(lines);
      lines = [];
    }
    if (lines.length > 0) yield Buffer.concat(lines);
  }

  /**
   * A tile or a bundle of entries, also partial in any width up to that of the tree; undefined beyond.
   * @param path as tlog-tiles names it, `tile/0/x001/234.p/5`
   */
  async tile(stated: StatedTree, path: string): Promise<Buffer | undefined> {
    const tile = parseTilePath(path);
    if (!tile || tile.width > widthOf(tile.level, tile.index, stated.size)) return undefined;
    const { level, index, width } = tile;
    if (level === 'entries') return formatEntries(await this.ledger.entries(stated.tree, index, width));
    return this.ledger.source(stated.tree).tile(level, index, width);
  }
}

/**
 * The tiles and bundles of entries of a tree in a ledger's files, hashes first. Of an increment: of entries and leaves
 * from that bundle on which holds the size it goes on from; the levels above are whole, so that every proof can be made.
 */
export function tilesSince({ tree, size }: StatedTree, since: LedgerSince | undefined): Tile[] {
  const first = Math.floor(sizeBefore(tree.incarnation, size, since) / tileWidth);
  const isWanted = ({ level, index }: Tile): boolean => (level !== 'entries' && level > 0) || index >= first;
  return [...tilesOf(size), ...entryBundlesOf(size)].filter(isWanted);
}

function sizeBefore(incarnation: number, size: number, since: LedgerSince | undefined): number {
  if (since === undefined || incarnation > since.incarnation) return 0;
  return incarnation < since.incarnation ? size : since.size;
}
