import { chmod, link, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyEncryptionContract } from './contract';
import { FileKeyEncryption } from './file';
import type { WrappedKey } from './key-encryption';

const context = Buffer.from('context');
const key = Buffer.alloc(32, 7);
let folder: string;

const openWith = (provider: FileKeyEncryption, { kek, wrapped }: WrappedKey): Promise<Buffer> =>
  provider.unwrap(kek, wrapped, context);

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'ardoise-kek-')), 'keys');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('key-encryption keys in files', () => {
  keyEncryptionContract(async () => {
    const place = join(await mkdtemp(join(tmpdir(), 'ardoise-kek-')), 'keys');
    return {
      open: (create = true) => FileKeyEncryption.open(place, { create }),
      secrets: async () => {
        const names = await readdir(place).catch(() => []);
        return Promise.all(names.map(async (name) => (await readFile(join(place, name), 'utf8')).trim()));
      },
      close: () => rm(join(place, '..'), { recursive: true, force: true }),
    };
  });
});

describe('a key-encryption key in a file', () => {
  it('is made once, for its owner alone', async () => {
    const first = await FileKeyEncryption.open(folder);
    const second = await FileKeyEncryption.open(folder);
    expect(await openWith(second, await first.wrap(key, context))).toEqual(key);
    expect(await second.current()).toBe(await first.current());
    expect(await first.current()).toMatch(/^file-1-[0-9a-f]{16}$/);
    expect(await readdir(folder)).toEqual(['kek-1.key']);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'kek-1.key'))).mode & 0o777).toBe(0o600);
  });

  it('is not made where it would take the place of a lost one', async () => {
    await expect(FileKeyEncryption.open(folder, { create: false })).rejects.toThrow(
      /no key-encryption key in .*put the folder back/,
    );
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    const made = await FileKeyEncryption.open(folder);
    expect(await (await FileKeyEncryption.open(folder, { create: false })).current()).toBe(await made.current());
  });

  it('is the same for all who start at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => FileKeyEncryption.open(folder)));
    expect(new Set(await Promise.all(all.map((one) => one.current()))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['kek-1.key']);
  });

  it('is the one of the highest epoch, and an older one opens what it wrapped', async () => {
    const first = await FileKeyEncryption.open(folder);
    const old = await first.wrap(key, context);
    await writeFile(join(folder, 'kek-10.key'), 'ab'.repeat(32), { mode: 0o600 });
    await writeFile(join(folder, 'kek-9.key'), 'cd'.repeat(32), { mode: 0o600 });
    const latest = await FileKeyEncryption.open(folder);
    expect(await latest.current()).toMatch(/^file-10-/);
    expect(await first.current()).toBe(await latest.current());
    expect(await openWith(latest, old)).toEqual(key);
  });

  it('is overwritten on disk before its name goes', async () => {
    const kek = await FileKeyEncryption.open(folder);
    const id = await kek.current();
    await kek.rotate(id);
    // Another name of the same file: what it shows afterwards is what stands in its blocks.
    await link(join(folder, 'kek-1.key'), join(folder, 'seen'));
    await kek.destroy(id);
    expect(await readFile(join(folder, 'seen'), 'utf8')).toBe('x'.repeat(64) + '\n');
    expect((await readdir(folder)).sort()).toEqual(['kek-2.key', 'seen']);
  });

  it('whose destruction was cut short is no key, and goes when it is destroyed again', async () => {
    const kek = await FileKeyEncryption.open(folder);
    const old = await kek.wrap(key, context);
    const next = await kek.rotate(old.kek);
    await writeFile(join(folder, 'kek-1.key'), 'x'.repeat(64) + '\n', { mode: 0o600 });
    await writeFile(join(folder, '.kek-1.0011'), 'ab'.repeat(32), { mode: 0o600 });
    await expect(openWith(kek, old)).rejects.toMatchObject({ code: 'key-encryption-failed' });
    expect(await kek.keys()).toEqual([next]);
    await kek.destroy(old.kek);
    expect(await readdir(folder)).toEqual(['kek-2.key']);
  });

  it('put there under the name of another is not destroyed in its place', async () => {
    const kek = await FileKeyEncryption.open(folder);
    const id = await kek.current();
    await kek.rotate(id);
    await writeFile(join(folder, 'kek-1.key'), 'ab'.repeat(32) + '\n');
    await kek.destroy(id);
    expect(await readFile(join(folder, 'kek-1.key'), 'utf8')).toMatch(/^(ab){32}/);
  });

  it.each([0o640, 0o604, 0o660])('is refused with mode %o', async (mode) => {
    await FileKeyEncryption.open(folder);
    await chmod(join(folder, 'kek-1.key'), mode);
    await expectRefusal(/kek-1\.key is refused: it is open to group or others \(mode 6/);
  });

  it('is refused in a folder that others may enter', async () => {
    await FileKeyEncryption.open(folder);
    await chmod(folder, 0o750);
    await expectRefusal(/is open to group or others \(mode 750\)/);
  });

  it('is refused when it is somebody else’s', async () => {
    await FileKeyEncryption.open(folder);
    const us = process.getuid?.() ?? 0;
    const spy = jest.spyOn(process, 'getuid').mockReturnValue(us + 1);
    await expectRefusal(/is owned by another user/);
    spy.mockRestore();
  });

  it('is refused when it is no key, or a link to one', async () => {
    await FileKeyEncryption.open(folder);
    const content = await readFile(join(folder, 'kek-1.key'));
    await writeFile(join(folder, 'kek-2.key'), content.subarray(0, 63), { mode: 0o600 });
    await expectRefusal(/is not a key of 64 hexadecimal digits/);
    await symlink(join(folder, 'kek-1.key'), join(folder, 'kek-3.key'));
    await expectRefusal(/cannot be opened \(ELOOP\)/);
  });

  async function expectRefusal(message: RegExp): Promise<void> {
    const error: unknown = await FileKeyEncryption.open(folder).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'key-encryption-failed' });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toMatch(/[0-9a-f]{32}/);
  }
});
