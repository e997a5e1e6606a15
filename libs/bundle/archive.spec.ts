import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BundleWriter, openBundle, type BundleErrorCode } from './index';
import { block, formatHeader } from './ustar';

const madeAt = new Date('2026-03-01T12:00:00Z');
const ledger = Buffer.from('{"format":1}');

describe('an archive of a ledger', () => {
  let folder: string;
  let archive: string;
  let bytes: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-bundle-'));
    archive = join(folder, 'bundle.tar');
    const writer = await BundleWriter.create(archive, madeAt);
    await writer.add('ledger.json', ledger);
    await writer.add('1/tile/0/x001/234.p/5', Buffer.alloc(160, 7));
    await writer.add('units.ndjson', pieces(['{"unit":', '"a"}\n', '']));
    await writer.add('README.md', Buffer.alloc(0));
    await writer.add('receipts.ndjson', pieces(Array.from({ length: 300 }, () => 'x'.repeat(10_000))));
    await writer.finish();
    bytes = await readFile(archive);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const written = async (content: Buffer): Promise<string> => {
    const path = join(folder, 'other.tar');
    await writeFile(path, content);
    return path;
  };
  const refusalOf = async (content: Buffer): Promise<BundleErrorCode | 'opened'> => {
    try {
      await (await openBundle(await written(content))).close();
      return 'opened';
    } catch (error) {
      return (error as { code: BundleErrorCode }).code;
    }
  };

  it('gives back what was written, whole and in pieces', async () => {
    const files = await openBundle(archive);
    expect(await files.list?.()).toEqual([
      '1/tile/0/x001/234.p/5',
      'README.md',
      'ledger.json',
      'receipts.ndjson',
      'units.ndjson',
    ]);
    expect(await files.read('ledger.json', 100)).toEqual(ledger);
    expect(await files.read('1/tile/0/x001/234.p/5', 8_192)).toEqual(Buffer.alloc(160, 7));
    expect((await files.read('units.ndjson', 100))?.toString()).toBe('{"unit":"a"}\n');
    expect(await files.read('README.md', 100)).toEqual(Buffer.alloc(0));
    expect(await files.read('keys.json', 100)).toBeUndefined();
    let length = 0;
    for await (const piece of files.stream('receipts.ndjson')) length += piece.length;
    expect(length).toBe(3_000_000);
    await expect(files.read('ledger.json', 3)).rejects.toMatchObject({ code: 'bundle-file-too-large' });
    await expect(files.read('../ledger.json', 3)).rejects.toMatchObject({ code: 'bundle-path-refused' });
    await expect(drained(files.stream('keys.json'))).rejects.toMatchObject({ code: 'bundle-not-found' });
    await files.close();
  });

  it('is read by tar as it is by us', () => {
    const listed = execFileSync('tar', ['tvf', archive], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
    expect(listed.split('\n')).toHaveLength(6);
    expect(listed).toMatch(/-rw-r--r-- 0\/0 +12 2026-03-01 12:00 ledger\.json/);
    expect(execFileSync('tar', ['xOf', archive, 'units.ndjson'], { encoding: 'utf8' })).toBe('{"unit":"a"}\n');
  });

  it('is the same when it is unpacked into a folder', async () => {
    const unpacked = await mkdtemp(join(folder, 'unpacked-'));
    execFileSync('tar', ['xf', archive, '-C', unpacked]);
    const [one, other] = [await openBundle(archive), await openBundle(unpacked)];
    const paths = (await one.list?.()) ?? [];
    expect(await other.list?.()).toEqual(paths);
    for (const path of paths) {
      const [here, there] = await Promise.all([one.read(path, 2 ** 30), other.read(path, 2 ** 30)]);
      expect(here?.equals(there ?? Buffer.from('none'))).toBe(true);
    }
    await Promise.all([one.close(), other.close()]);
  });

  it('is refused wherever it was cut off', async () => {
    for (const length of [
      0,
      1,
      511,
      512,
      520,
      1_024,
      1_500,
      bytes.length - 1,
      bytes.length - 512,
      bytes.length - 1_024,
    ]) {
      const path = await written(bytes);
      await truncate(path, length);
      await expect(openBundle(path)).rejects.toMatchObject({ code: 'bundle-truncated' });
    }
  });

  it('is refused when anything follows its end', async () => {
    expect(await refusalOf(Buffer.concat([bytes, Buffer.alloc(512)]))).toBe('bundle-malformed');
    expect(await refusalOf(Buffer.concat([bytes, bytes]))).toBe('bundle-malformed');
    const middle = Buffer.concat([header('ledger.json', 0), Buffer.alloc(512), bytes]);
    expect(await refusalOf(middle)).toBe('bundle-malformed');
  });

  it('is refused whatever single byte of a header or a padding is another', async () => {
    const small = Buffer.concat([
      header('ledger.json', 12),
      Buffer.concat([ledger, Buffer.alloc(500)]),
      Buffer.alloc(1_024),
    ]);
    expect(await refusalOf(small)).toBe('opened');
    for (let at = 0; at < small.length; at += 1) {
      if (at >= block && at < block + ledger.length) continue;
      const altered = Buffer.from(small);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect({ at, refusal: await refusalOf(altered) }).not.toEqual({ at, refusal: 'opened' });
    }
  });

  it.each([
    ['bundle-path-refused', '../ledger.json'],
    ['bundle-path-refused', '/etc/passwd'],
    ['bundle-path-refused', './ledger.json'],
    ['bundle-path-refused', '1//checkpoint'],
    ['bundle-path-refused', '1/../1/checkpoint'],
    ['bundle-path-refused', '01/checkpoint'],
    ['bundle-path-refused', '1\\checkpoint'],
    ['bundle-path-refused', 'C:ledger.json'],
    ['bundle-path-refused', 'LEDGER.json'],
    ['bundle-path-refused', 'ledger.json/'],
    ['bundle-path-refused', 'ledger.json\n'],
    ['bundle-path-refused', '1/tile/0/x000/001'],
    ['bundle-path-refused', '1/tile/0/000.p/0'],
    ['bundle-path-refused', '1/tile/0/000.p/256'],
    ['bundle-path-refused', '1/tile/0/000.p/05'],
    ['bundle-path-refused', '1/tile/00/000'],
    ['bundle-path-refused', 'policies/0.json'],
    ['bundle-path-refused', 'anything-else'],
    ['bundle-path-refused', ''],
    ['bundle-path-refused', 'é'],
  ] as const)('refuses as %s a path like %j', async (code, path) => {
    expect(await refusalOf(Buffer.concat([header(path, 0), bytes]))).toBe(code);
  });

  it.each([
    ['bundle-link-refused', '1'],
    ['bundle-link-refused', '2'],
    ['bundle-type-refused', '3'],
    ['bundle-type-refused', '4'],
    ['bundle-type-refused', '5'],
    ['bundle-type-refused', '6'],
    ['bundle-type-refused', '7'],
    ['bundle-type-refused', 'g'],
    ['bundle-type-refused', 'x'],
    ['bundle-type-refused', 'K'],
    ['bundle-type-refused', 'L'],
    ['bundle-type-refused', 'S'],
    ['bundle-type-refused', '\0'],
  ] as const)('refuses as %s an entry of type %j', async (code, type) => {
    const made = summed(header('keys.json', 0), (one) => one.write(type, 156, 'latin1'));
    expect(await refusalOf(Buffer.concat([made, bytes]))).toBe(code);
  });

  it('refuses a path that goes on after a NUL, or begins in the field before', async () => {
    const hidden = summed(header('keys.json', 0), (one) => one.write('keys.json\0.exe', 0, 'latin1'));
    expect(await refusalOf(Buffer.concat([hidden, bytes]))).toBe('bundle-path-refused');
    const prefixed = summed(header('keys.json', 0), (one) => one.write('..', 345, 'latin1'));
    expect(await refusalOf(Buffer.concat([prefixed, bytes]))).toBe('bundle-path-refused');
  });

  it('refuses what is larger than its kind may be, before it reads it', async () => {
    expect(await refusalOf(Buffer.concat([header('1/tile/0/000', 8_193), bytes]))).toBe('bundle-file-too-large');
    expect(await refusalOf(Buffer.concat([header('ledger.json', 8 ** 11 - 1), bytes]))).toBe('bundle-file-too-large');
    expect(await refusalOf(Buffer.concat([header('units.ndjson', 8 ** 11 - 1), bytes]))).toBe('bundle-truncated');
  });

  it('refuses sizes in any other form', async () => {
    for (const size of [
      '\x80\0\0\0\0\0\0\0\0\0\0\x0c',
      '-0000000014\0',
      '        14 \0',
      '00000000014 ',
      '000000000148',
    ]) {
      const made = summed(header('keys.json', 12), (one) => one.write(size, 124, 'latin1'));
      expect(await refusalOf(Buffer.concat([made, Buffer.alloc(512), bytes]))).toBe('bundle-malformed');
    }
  });

  it('refuses a path twice', async () => {
    expect(await refusalOf(Buffer.concat([header('ledger.json', 0), bytes]))).toBe('bundle-duplicate');
  });

  it('refuses what is compressed, and what is something else', async () => {
    expect(await refusalOf(gzipSync(bytes))).toBe('bundle-compressed');
    for (const magic of ['504b0304', '28b52ffd', 'fd377a585a00', '425a6839']) {
      expect(await refusalOf(Buffer.concat([Buffer.from(magic, 'hex'), bytes]))).toBe('bundle-compressed');
    }
    expect(await refusalOf(Buffer.from('%PDF-1.7\n'.repeat(200)))).toBe('bundle-not-recognised');
    expect(await refusalOf(Buffer.alloc(1_024))).toBe('bundle-not-recognised');
    expect(await refusalOf(header('ledger.json', 0))).toBe('bundle-truncated');
    await expect(openBundle(join(folder, 'none'))).rejects.toMatchObject({ code: 'bundle-not-found' });
  });

  it('is never there by half, and never in the place of another', async () => {
    await expect(BundleWriter.create(archive, madeAt)).rejects.toMatchObject({ code: 'bundle-exists' });
    const place = await mkdtemp(join(folder, 'half-'));
    const writer = await BundleWriter.create(join(place, 'a.tar'), madeAt);
    await writer.add('ledger.json', ledger);
    expect(await readdir(place)).toEqual(['a.tar.part']);
    await writer.abandon();
    expect(await readdir(place)).toEqual([]);

    // What a process that was killed has left is removed; one that still writes finds that its file is not its own.
    const slow = await BundleWriter.create(join(place, 'a.tar'), madeAt);
    const quick = await BundleWriter.create(join(place, 'a.tar'), madeAt);
    await quick.add('ledger.json', ledger);
    await expect(slow.finish()).rejects.toMatchObject({ code: 'bundle-exists' });
    await slow.abandon();
    await quick.finish();
    expect(await readdir(place)).toEqual(['a.tar']);
  });

  it('refuses to be written with what could not be read', async () => {
    const writer = await BundleWriter.create(join(folder, 'refused.tar'), madeAt);
    await expect(writer.add('../x', Buffer.alloc(0))).rejects.toMatchObject({ code: 'bundle-path-refused' });
    await writer.add('ledger.json', ledger);
    await expect(writer.add('ledger.json', ledger)).rejects.toMatchObject({ code: 'bundle-duplicate' });
    const large = writer.add('1/tile/0/000', Buffer.alloc(8_193));
    await expect(large).rejects.toMatchObject({ code: 'bundle-file-too-large' });
    await writer.abandon();
  });
});

/** A header that is right in itself, of any path and size. */
function header(path: string, size: number): Buffer {
  return formatHeader({ path, size, modified: 0 });
}

/** Alters a header, and makes its sum right again. */
function summed(header: Buffer, alter: (header: Buffer) => void): Buffer {
  alter(header);
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

async function* pieces(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

async function drained(stream: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of stream) void piece;
}
