import { chmod, link, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isPrivateFolder,
  linkWhole,
  openPrivateFile,
  overwriteAndRemove,
  preparePrivateFolder,
  readPrivateFile,
  replaceWhole,
} from './index';

const refuse = (path: string, why: string): Error => new Error(`${path} is refused: it ${why}`);
let folder: string;
const path = (): string => join(folder, 'secret');

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'ardoise-private-')), 'keys');
  await preparePrivateFolder(folder, refuse);
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('files that only their owner may touch', () => {
  it('are made for their owner alone', async () => {
    await linkWhole(path(), 'words');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readPrivateFile(path(), refuse)).toBe('words');
  });

  it('are missed without an error', async () => {
    expect(await readPrivateFile(path(), refuse)).toBeUndefined();
    expect(await isPrivateFolder(join(folder, 'none'), refuse)).toBe(false);
    await expect(overwriteAndRemove(path(), 'x', refuse)).resolves.toBeUndefined();
  });

  it('are refused when others may touch them, and when they are links', async () => {
    await linkWhole(path(), 'words');
    await chmod(path(), 0o640);
    await expect(readPrivateFile(path(), refuse)).rejects.toThrow(/open to group or others \(mode 640\)/);
    await chmod(folder, 0o750);
    await expect(isPrivateFolder(folder, refuse)).rejects.toThrow(/mode 750/);
    await symlink(path(), join(folder, 'linked'));
    await expect(openPrivateFile(join(folder, 'linked'), refuse)).rejects.toThrow(/cannot be opened \(ELOOP\)/);
  });

  it('stand as the first of several makers wrote them, with no draft left', async () => {
    const makers = Array.from({ length: 20 }, (_, at) => linkWhole(path(), `words ${at}`));
    expect((await Promise.all(makers)).filter((first) => first)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['secret']);
    expect(await readPrivateFile(path(), refuse)).toMatch(/^words \d+$/);
  });

  it('are replaced as a whole, or stay', async () => {
    await linkWhole(path(), 'old');
    const failing = replaceWhole(path(), async (file) => {
      await file.writeFile('half');
      throw new Error('no space');
    });
    await expect(failing).rejects.toThrow('no space');
    expect(await readPrivateFile(path(), refuse)).toBe('old');
    await replaceWhole(path(), 'new');
    expect(await readPrivateFile(path(), refuse)).toBe('new');
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it('are overwritten before their name goes', async () => {
    await writeFile(path(), 'a longer secret', { mode: 0o600 });
    const other = join(folder, 'other-name');
    await link(path(), other);
    await overwriteAndRemove(path(), 'xx\n', refuse);
    expect(await readdir(folder)).toEqual(['other-name']);
    expect(await readFile(other, 'utf8')).toBe('xx\n');
  });
});
