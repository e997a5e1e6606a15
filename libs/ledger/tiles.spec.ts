import fc from 'fast-check';
import {
  CompactRange,
  entryBundlesOf,
  formatEntries,
  leafHash,
  parseEntries,
  parseTilePath,
  rootAt,
  TileBuilder,
  tilePath,
  tilesOf,
  widthOf,
  type Tile,
} from '.';
import { MemoryTiles } from './spec-support/naive-tree';
import { refusalOf } from './spec-support/refusal';

const safe = fc.maxSafeNat();
const tile: fc.Arbitrary<Tile> = fc.record({
  level: fc.oneof(fc.constant('entries' as const), fc.nat(63)),
  index: safe,
  width: fc.integer({ min: 1, max: 256 }),
});

describe('the path of a tile', () => {
  it.each([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1234067, width: 256 }],
    ['tile/0/x001/234.p/5', { level: 0, index: 1234, width: 5 }],
    ['tile/63/999.p/255', { level: 63, index: 999, width: 255 }],
    ['tile/1/x001/000', { level: 1, index: 1000, width: 256 }],
    ['tile/entries/000', { level: 'entries', index: 0, width: 256 }],
    ['tile/entries/x009/x007/x199/x254/x740/991.p/1', { level: 'entries', index: Number.MAX_SAFE_INTEGER, width: 1 }],
  ] as const)('%s', (path, expected) => {
    expect(tilePath(expected)).toBe(path);
    expect(parseTilePath(path)).toEqual(expected);
  });

  it('is read back as it was written', () => {
    fc.assert(fc.property(tile, (each) => expect(parseTilePath(tilePath(each))).toEqual(each)));
  });

  it.each([
    '',
    'tile/0',
    'tile/0/0',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001/x002',
    'tile/0/x01/002',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/1000',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/0/../000',
    'tile/0/X001/002',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
    'tile/0/٠٠٠',
  ])('is not %j', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it('names no tile that cannot be', () => {
    for (const wrong of [
      { level: 64, index: 0, width: 1 },
      { level: 0.5, index: 0, width: 1 },
      { level: 0, index: -1, width: 1 },
      { level: 0, index: 2 ** 53, width: 1 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
    ]) {
      expect(refusalOf(() => tilePath(wrong))).toBe('tile-refused');
    }
  });
});

describe('the tiles of a tree', () => {
  const paths = (tiles: readonly Tile[]) => tiles.map(tilePath);

  it('are those of the example in the specification: 70,000 leaves', () => {
    const tiles = tilesOf(70_000);
    const at = (level: number, partial: boolean) =>
      tiles.filter((each) => each.level === level && each.width < 256 === partial).map(({ width }) => width);
    expect(at(0, false)).toHaveLength(273);
    expect(at(0, true)).toEqual([112]);
    expect(at(1, false)).toHaveLength(1);
    expect(at(1, true)).toEqual([17]);
    expect(at(2, true)).toEqual([1]);
    expect(tiles).toHaveLength(277);
    expect(paths(tilesOf(256))).toEqual(['tile/0/000', 'tile/1/000.p/1']);
    expect(tilesOf(0)).toEqual([]);
    expect(entryBundlesOf(70_000)).toHaveLength(274);
    expect(paths(entryBundlesOf(257, 256))).toEqual(['tile/entries/001.p/1']);
    expect(paths(entryBundlesOf(600, 10))).toEqual(['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88']);
  });

  it('are what is new since a smaller one, none left out and none named in vain', () => {
    const size = fc.oneof(fc.nat(2000), fc.nat(150_000), fc.constantFrom(255, 256, 257, 65_535, 65_536, 65_537));
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const before = new Set(paths([...tilesOf(from), ...entryBundlesOf(from)]));
        const now = paths([...tilesOf(to), ...entryBundlesOf(to)]);
        const fresh = paths([...tilesOf(to, from), ...entryBundlesOf(to, from)]);
        expect(fresh).toEqual(now.filter((path) => !before.has(path)));
        for (const { level, index, width } of tilesOf(to)) expect(widthOf(level, index, to)).toBe(width);
      }),
      { numRuns: 60 },
    );
    expect(widthOf('entries', 3, 800)).toBe(32);
    expect(widthOf(0, 4, 800)).toBe(0);
  });

  it('end where numbers do', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const last = tilesOf(most, most - 1);
    expect(last.map(({ level, width }) => [level, width])).toEqual([[0, 255]]);
    expect(refusalOf(() => tilesOf(most + 1))).toBe('size-refused');
    expect(refusalOf(() => tilesOf(1, 2))).toBe('size-refused');
    expect(refusalOf(() => entryBundlesOf(1, -1))).toBe('size-refused');
  });
});

describe('a bundle of entries', () => {
  const entries = fc.array(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 256 },
  );

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(entries, (each) => expect(parseEntries(formatEntries(each), each.length)).toEqual(each)),
      {
        numRuns: 30,
      },
    );
    expect(formatEntries([Buffer.from('one'), Buffer.alloc(0)]).toString('latin1')).toBe('\0\x03one\0\0');
    const largest = Buffer.alloc(65_535, 1);
    expect(parseEntries(formatEntries([largest]), 1)).toEqual([largest]);
  });

  it('is refused when it is cut off, longer, or of another number', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (each, at) => {
        const bytes = formatEntries(each);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(refusalOf(() => parseEntries(cut, each.length))).toBe('entries-malformed');
        const longer = Buffer.concat([bytes, Buffer.of(0)]);
        expect(refusalOf(() => parseEntries(longer, each.length))).toBe('entries-malformed');
      }),
      { numRuns: 30 },
    );
    expect(refusalOf(() => parseEntries(Buffer.alloc(4), 1))).toBe('entries-malformed');
    expect(refusalOf(() => parseEntries(Buffer.alloc(0), 0))).toBe('entries-malformed');
    expect(refusalOf(() => parseEntries(Buffer.alloc(514), 257))).toBe('entries-malformed');
    expect(refusalOf(() => formatEntries([]))).toBe('entries-malformed');
    expect(refusalOf(() => formatEntries([Buffer.alloc(65_536)]))).toBe('entry-too-large');
  });
});

describe('a builder of tiles', () => {
  const leafAt = (index: number) => leafHash(Buffer.from(`entry ${index}`));

  it('gives each tile that changed, whole, and goes on from those it gave', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, async (grown) => {
        const tiles = new MemoryTiles();
        const range = new CompactRange();
        let builder = new TileBuilder();
        for (const more of grown) {
          const from = range.size;
          for (let count = 0; count < more; count++) {
            builder.append(leafAt(range.size));
            range.append(leafAt(range.size));
          }
          const changed = builder.takeChanged();
          expect(changed.map(({ level, index, hashes }) => ({ level, index, width: hashes.length / 32 }))).toEqual(
            tilesOf(range.size, from),
          );
          expect(builder.takeChanged()).toEqual([]);
          tiles.keep(changed);
          expect(builder.root()).toEqual(range.root());
          expect(await rootAt(tiles, range.size)).toEqual(range.root());
          builder = await TileBuilder.resume(range.size, tiles);
          expect([builder.size, builder.root()]).toEqual([range.size, range.root()]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('goes on at three levels', async () => {
    const builder = new TileBuilder();
    const range = new CompactRange();
    for (let index = 0; index < 66_000; index++) {
      builder.append(leafAt(index));
      range.append(leafAt(index));
    }
    const tiles = new MemoryTiles().keep(builder.takeChanged());
    for (const size of [65_535, 65_536, 65_537, 66_000]) {
      const resumed = await TileBuilder.resume(size, tiles);
      for (let index = size; index < 66_000; index++) resumed.append(leafAt(index));
      expect(resumed.root()).toEqual(range.root());
    }
  });

  it('does not begin with tiles of another length, nor take what is no hash', async () => {
    const source = { tile: async () => Buffer.alloc(33) };
    await expect(TileBuilder.resume(1, source)).rejects.toMatchObject({ code: 'tile-malformed' });
    await expect(TileBuilder.resume(-1, source)).rejects.toMatchObject({ code: 'size-refused' });
    const builder = new TileBuilder();
    expect(refusalOf(() => builder.append(Buffer.alloc(31)))).toBe('hash-malformed');
    expect([builder.size, builder.takeChanged()]).toEqual([0, []]);
  });
});
