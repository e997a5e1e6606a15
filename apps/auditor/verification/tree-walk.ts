import { leafHash, TileBuilder, tileWidth, widthOf, type ChangedTile } from '@ardoise/ledger';
import type { LogReader } from '../log/log-reader';
import type { CheckpointFeed } from './checkpoint-feed';
import type { Checks } from './checks';
import type { TreeAnnounced } from './description';
import type { EventChecks } from './event-checks';
import type { ExpectedRoot } from './expected-roots';
import { refusalOf } from './refusal';

export interface TreeWalkParts {
  readonly tree: TreeAnnounced;
  readonly log: LogReader;
  readonly feed: CheckpointFeed;
  /** Other roots than those of checkpoints, the smallest tree first. */
  readonly expected: readonly ExpectedRoot[];
  readonly events: EventChecks;
  readonly checks: Checks;
  /** Ordinal of the tree's first leaf. */
  readonly ordinal: number;
  /** Leaves from here on are in the tree, and no longer in the log: a recovery says so. */
  readonly inLog: number;
  /** Called between tiles; stops the walk by throwing. */
  readonly between: (leaf: number) => Promise<void>;
}

interface TileRead {
  readonly entries?: readonly Buffer[];
  readonly hashes?: Buffer;
}

/** How many tiles are asked for before they are needed. */
const ahead = 4;

/** Goes through one tree, from a multiple of 256 on: every entry, every leaf, every tile, every root that is known. */
export class TreeWalk {
  private readonly reads: Promise<TileRead>[] = [];
  private readonly due: ExpectedRoot[] = [];
  private builder = new TileBuilder();
  private readonly leaves;
  private readonly tiles;

  constructor(private readonly parts: TreeWalkParts) {
    this.leaves = parts.checks.counter('leaves', 'leaves');
    this.tiles = parts.checks.counter('tree', 'tiles');
  }

  async run(start: number): Promise<void> {
    const { parts } = this;
    const { tree } = parts;
    if (start > 0 && !(await this.begin(start))) return;
    if (start === 0) await this.compare(0);
    for (let from = start; from < tree.size; from += tileWidth) {
      const { entries, hashes } = await this.read(from / tileWidth);
      if (!entries && !hashes) {
        parts.checks.unchecked(
          'tree',
          `incarnation ${tree.incarnation} from leaf ${from} on: neither entries nor hashes are there`,
        );
        return;
      }
      const width = widthOf(0, from / tileWidth, tree.size);
      await this.collect(from + width);
      this.tile(from, width, entries, hashes);
      await this.compareTiles();
      await parts.between(from + width);
    }
  }

  /** Where what comes before is not here, or was walked before. Its hashes are believed until a root is compared. */
  private async begin(start: number): Promise<boolean> {
    const { tree, log, checks, expected, feed } = this.parts;
    try {
      this.builder = await TileBuilder.resume(start, log.source(tree.incarnation));
    } catch (error) {
      checks.wrong('tree', { ...refusalOf(error), incarnation: tree.incarnation });
      return false;
    }
    const early = (await feed.through(start - 1)).length + expected.filter(({ size }) => size < start).length;
    if (early > 0) checks.count('tree', 'roots of before', early);
    this.due.push(...expected.filter(({ size }) => size >= start));
    await this.compare(start);
    return true;
  }

  /** Tiles are read ahead, so that a slow connection does not stop the hashing. */
  private read(index: number): Promise<TileRead> {
    const { tree } = this.parts;
    const last = Math.ceil(tree.size / tileWidth) - 1;
    for (let one = index + this.reads.length; one <= Math.min(last, index + ahead); one++) {
      const reading = this.readTile(one);
      reading.catch(() => undefined);
      this.reads.push(reading);
    }
    return this.reads.shift() as Promise<TileRead>;
  }

  private async readTile(index: number): Promise<TileRead> {
    const { tree, log, checks } = this.parts;
    const { incarnation } = tree;
    const leaf = index * tileWidth;
    const attempt = async <T>(check: 'entries' | 'leaves', reading: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await reading();
      } catch (error) {
        const { code, detail } = refusalOf(error);
        const missing = code === 'entries-missing' || code === 'tile-missing' || code.startsWith('bundle-');
        checks.wrong(missing ? 'files' : check, { code, detail, incarnation, leaf });
        return undefined;
      }
    };
    const [entries, hashes] = await Promise.all([
      attempt('entries', () => log.freshEntries(incarnation, index)),
      attempt('leaves', () => log.mustTile(incarnation, 0, index)),
    ]);
    return { ...(entries ? { entries } : {}), ...(hashes ? { hashes } : {}) };
  }

  /** The roots that are asked for in the coming tile. */
  private async collect(through: number): Promise<void> {
    for (const { size, root } of await this.parts.feed.through(through)) {
      this.due.push({ size, root, check: 'tree', code: 'root-differs', what: `the checkpoint of ${size} leaves` });
    }
    this.due.sort((a, b) => a.size - b.size);
  }

  private tile(from: number, width: number, entries?: readonly Buffer[], hashes?: Buffer): void {
    const { events, ordinal, tree, inLog } = this.parts;
    for (let at = 0; at < width; at++) {
      const leaf = from + at;
      const entry = entries?.[at];
      const hash = entry ? leafHash(entry) : (hashes as Buffer).subarray(at * 32, at * 32 + 32);
      if (entry && hashes && hashes.compare(hash, 0, 32, at * 32, at * 32 + 32) !== 0) {
        this.wrong('leaves', 'leaf-differs', 'the entry is not the one whose hash stands in the tile', leaf);
      }
      this.builder.append(hash);
      if (entry && leaf < inLog) events.meet(entry, tree.incarnation, leaf, ordinal + leaf);
      if (this.due[0]?.size === leaf + 1) this.compareNow();
    }
    if (entries) this.leaves.value += width;
  }

  private async compare(size: number): Promise<void> {
    await this.collect(size);
    if (size === 0) this.due.push(...this.parts.expected);
    this.due.sort((a, b) => a.size - b.size);
    while (this.due[0] && this.due[0].size < size) this.due.shift();
    this.compareNow();
  }

  private compareNow(): void {
    const { checks, tree } = this.parts;
    let root: Buffer | undefined;
    while (this.due[0]?.size === this.builder.size) {
      const expected = this.due.shift() as ExpectedRoot;
      root ??= this.builder.root();
      checks.count(expected.check, 'roots');
      if (root.equals(expected.root)) continue;
      const detail = `${expected.what}: the tree of these ${expected.size} leaves has another root`;
      const about = { incarnation: tree.incarnation, expected: `root ${expected.root.toString('base64')}` };
      checks.wrong(expected.check, { code: expected.code, detail, ...about });
    }
  }

  /** Tiles of higher levels, as soon as they are whole; of the lowest one each hash was compared. */
  private async compareTiles(): Promise<void> {
    const { tree } = this.parts;
    for (const changed of this.builder.takeChanged()) {
      this.tiles.value += changed.level === 0 ? 1 : 0;
      const width = changed.hashes.length / 32;
      if (changed.level === 0 || width !== widthOf(changed.level, changed.index, tree.size)) continue;
      await this.compareTile(changed);
    }
  }

  private async compareTile({ level, index, hashes }: ChangedTile): Promise<void> {
    const { tree, log, checks } = this.parts;
    const { incarnation } = tree;
    this.tiles.value += 1;
    try {
      const stored = await log.mustTile(incarnation, level, index);
      if (stored.equals(hashes)) return;
      const detail = `tile ${level}/${index} is not what its leaves give`;
      checks.wrong('tree', { code: 'tile-differs', detail, incarnation });
    } catch (error) {
      const { code, detail } = refusalOf(error);
      checks.wrong(code === 'tile-missing' ? 'files' : 'tree', { code, detail, incarnation });
    }
  }

  private wrong(check: 'leaves', code: string, detail: string, leaf: number): void {
    this.parts.checks.wrong(check, { code, detail, incarnation: this.parts.tree.incarnation, leaf });
  }
}
