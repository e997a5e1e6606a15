import { limits, tileIn, type LedgerFiles } from '@ardoise/bundle';
import { parseEntries, tilePath, tileWidth, widthOf, type TileSource } from '@ardoise/ledger';
import type { TreeAnnounced } from '../verification/description';
import { ContentError } from '../verification/content';

const hashLength = 32;

/** Entries and tiles of an organisation's trees, out of its ledger's files; nothing of them is verified here. */
export class LogReader {
  /** The bundle of entries that was read last. */
  private last: { readonly key: string; readonly entries: readonly Buffer[] } | undefined;

  constructor(
    private readonly files: LedgerFiles,
    private readonly trees: readonly TreeAnnounced[],
  ) {}

  tree(incarnation: number): TreeAnnounced {
    const tree = this.trees[incarnation - 1];
    if (tree) return tree;
    throw new ContentError('incarnation-missing', `there is no incarnation ${incarnation}`);
  }

  /** @throws ContentError `leaf-missing`, `entries-missing`; LedgerError `entries-malformed`; BundleError */
  async entry(incarnation: number, leaf: number): Promise<Buffer> {
    const { size } = this.tree(incarnation);
    if (!Number.isSafeInteger(leaf) || leaf < 0 || leaf >= size) {
      throw new ContentError(
        'leaf-missing',
        `incarnation ${incarnation} has ${size} leaves, and none numbered ${leaf}`,
      );
    }
    const entries = await this.entries(incarnation, Math.floor(leaf / tileWidth));
    return entries[leaf % tileWidth] as Buffer;
  }

  /** One bundle of entries, by its index. */
  async entries(incarnation: number, index: number): Promise<readonly Buffer[]> {
    const key = `${incarnation}/${index}`;
    if (this.last?.key !== key) this.last = { key, entries: await this.freshEntries(incarnation, index) };
    return this.last.entries;
  }

  /** The same, and not remembered: for whoever reads them all. */
  async freshEntries(incarnation: number, index: number): Promise<readonly Buffer[]> {
    const width = widthOf('entries', index, this.tree(incarnation).size);
    const path = tileIn(incarnation, tilePath({ level: 'entries', index, width }));
    const bytes = await this.files.read(path, limits.entries);
    if (!bytes) throw new ContentError('entries-missing', `there is no ${path}`);
    return parseEntries(bytes, width);
  }

  /** A tile, or nothing where there is none. @throws ContentError `tile-malformed` for one of another length */
  async tile(incarnation: number, level: number, index: number): Promise<Buffer | undefined> {
    const width = widthOf(level, index, this.tree(incarnation).size);
    const path = tileIn(incarnation, tilePath({ level, index, width }));
    const bytes = await this.files.read(path, limits.tile);
    if (!bytes || bytes.length === width * hashLength) return bytes;
    throw new ContentError('tile-malformed', `${path} has ${bytes.length} bytes, not ${width * hashLength}`);
  }

  /** @throws ContentError `tile-missing`, `tile-malformed` */
  async mustTile(incarnation: number, level: number, index: number): Promise<Buffer> {
    const bytes = await this.tile(incarnation, level, index);
    if (bytes) return bytes;
    throw new ContentError('tile-missing', `tile ${level}/${index} of incarnation ${incarnation} is missing`);
  }

  source(incarnation: number): TileSource {
    return {
      tile: async (level, index, width) =>
        (await this.mustTile(incarnation, level, index)).subarray(0, width * hashLength),
    };
  }
}
