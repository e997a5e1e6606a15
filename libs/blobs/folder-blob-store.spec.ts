import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomId } from '@ardoise/format';
import { SettableClock } from '@ardoise/time';
import { Blobs, FolderBlobStore, type BlobUnit, type ListedBlob, type OpenedBlob } from '.';
import { collect, counted, piecesOf } from './spec-support/frozen-blob';

const unitOf = (digit: string): BlobUnit => ({
  unit: digit.repeat(32),
  fingerprint: digit.repeat(64),
  key: Buffer.alloc(32, parseInt(digit, 16)),
});

describe('blobs in a folder', () => {
  const now = new Date('2026-03-02T09:00:00.000Z');
  let folder: string;
  let store: FolderBlobStore;
  let blobs: Blobs;
  const unit = unitOf('a');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-blobs-'));
    store = new FolderBlobStore(join(folder, 'data', 'blobs'), new SettableClock(now));
    blobs = new Blobs(store);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const pathOf = (organisation: string, blob: string): string =>
    join(folder, 'data', 'blobs', organisation, blob.slice(0, 2), blob);
  const read = ({ content }: OpenedBlob): Promise<Buffer> => collect(content);
  const listed = async (organisation: string): Promise<ListedBlob[]> => {
    const all: ListedBlob[] = [];
    for await (const one of store.list(organisation)) all.push(one);
    return all;
  };

  it('are written, read, checked, listed and removed', async () => {
    const recorded = await blobs.write('mira', unit, piecesOf(counted(300_000)));
    expect(statSync(pathOf('mira', recorded.blob))).toMatchObject({ size: recorded.length });
    if (process.platform !== 'win32') expect(statSync(pathOf('mira', recorded.blob)).mode & 0o777).toBe(0o600);
    expect((await read(await blobs.read('mira', unit, recorded))).equals(counted(300_000))).toBe(true);
    expect(await blobs.check('mira', recorded)).toBe('sound');
    expect(await listed('mira')).toEqual([{ blob: recorded.blob, writtenAt: now }]);
    expect(await listed('parene')).toEqual([]);
    expect(await store.remove('mira', recorded.blob)).toBe(true);
    expect(await store.remove('mira', recorded.blob)).toBe(false);
    expect(await blobs.check('mira', recorded)).toBe('missing');
    await expect(blobs.read('mira', unit, recorded)).rejects.toMatchObject({
      code: 'blob-missing',
      blob: recorded.blob,
    });
  });

  it('leave nothing of a content that broke off', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield counted(70_000);
      throw new Error('the client went away');
    };
    await expect(blobs.write('mira', unit, broken())).rejects.toThrow('the client went away');
    const left = readdirSync(join(folder, 'data', 'blobs'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  it('do not open where two persons’ files were swapped, or one was put into another organisation', async () => {
    const other = unitOf('b');
    const [first, second] = [
      await blobs.write('mira', unit, piecesOf(counted(10))),
      await blobs.write('mira', other, piecesOf(counted(11))),
    ];
    const [one, two] = [pathOf('mira', first.blob), pathOf('mira', second.blob)];
    const bytes = readFileSync(one);
    writeFileSync(one, readFileSync(two));
    writeFileSync(two, bytes);
    for (const [owner, recorded] of [
      [unit, first],
      [other, second],
    ] as const) {
      expect(await blobs.check('mira', recorded)).toBe('altered');
      await expect(blobs.read('mira', owner, recorded)).rejects.toMatchObject({ code: 'blob-altered' });
    }
    const elsewhere = await blobs.write('parene', unit, piecesOf(counted(10)));
    writeFileSync(pathOf('parene', elsewhere.blob), bytes);
    await expect(blobs.read('parene', unit, elsewhere)).rejects.toMatchObject({ code: 'blob-altered' });
  });

  it('tell an altered file before its first byte where it is short, and before the altered chunk where it is long', async () => {
    const recorded = await blobs.write('mira', unit, piecesOf(counted(200_000)));
    const path = pathOf('mira', recorded.blob);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(await blobs.check('mira', recorded)).toBe('altered');
    const given: Buffer[] = [];
    const { content } = await blobs.read('mira', unit, recorded);
    const reading = async (): Promise<void> => {
      for await (const piece of content) given.push(piece);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'blob-altered', blob: recorded.blob });
    expect(Buffer.concat(given).equals(counted(200_000).subarray(0, 3 * 65_536))).toBe(true);
    truncateSync(path, 100);
    expect(await blobs.check('mira', recorded)).toBe('altered');
    await expect(blobs.read('mira', unit, recorded)).rejects.toMatchObject({ code: 'blob-altered' });
  });

  it('are not read through a link', async () => {
    if (process.platform === 'win32') return;
    const recorded = await blobs.write('mira', unit, piecesOf(counted(10)));
    const path = pathOf('mira', recorded.blob);
    writeFileSync(`${path}x`, readFileSync(path));
    rmSync(path);
    symlinkSync(`${path}x`, path);
    await expect(blobs.read('mira', unit, recorded)).rejects.toMatchObject({ code: 'blob-unreadable' });
    expect(await blobs.check('mira', recorded)).toBe('unreadable');
  });

  it('lose their half-written files only once these are old', async () => {
    const { blob } = await blobs.write('mira', unit, piecesOf(counted(10)));
    const draft = join(folder, 'data', 'blobs', 'mira', blob.slice(0, 2), `.${randomId()}.0123456789abcdef`);
    writeFileSync(draft, 'half');
    const written = statSync(draft).mtime;
    expect(await store.sweepDrafts('mira', written)).toBe(0);
    expect(await store.sweepDrafts('mira', new Date(written.getTime() + 1_000))).toBe(1);
    expect(await listed('mira')).toHaveLength(1);
  });

  it('never have a name that leads elsewhere', async () => {
    await expect(store.remove('mira', '../../../etc')).rejects.toThrow(RangeError);
    await expect(store.remove('..', 'a'.repeat(32))).rejects.toThrow(RangeError);
  });
});
