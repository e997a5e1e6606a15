import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUpKeys, readPassphrase, restoreKeys } from '.';

describe('a sealed file of keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-keys-'));
  const keysFolder = join(folder, 'keys');
  const file = join(folder, 'keys.sealed');
  const passphrase = 'corneille au carré de craie';
  const first = 'ab'.repeat(32) + '\n';
  const restored = (name: string, write: boolean, includeEnded = false) =>
    restoreKeys({ keysFolder: join(folder, name), from: file, passphrase, write, includeEnded });

  beforeAll(async () => {
    mkdirSync(join(keysFolder, 'anchors'), { recursive: true, mode: 0o700 });
    writeFileSync(join(keysFolder, 'kek-1.key'), first, { mode: 0o600 });
    writeFileSync(join(keysFolder, 'receipts.ed25519.pem'), 'signing', { mode: 0o600 });
    writeFileSync(join(keysFolder, 'anchors', 'mira.json'), '{}', { mode: 0o600 });
    writeFileSync(join(keysFolder, '.kek-2.draft'), 'draft', { mode: 0o600 });
    const names = await backUpKeys({ keysFolder, to: file, passphrase, now: new Date('2026-03-02T10:00:00Z') });
    expect(names).toEqual(['anchors/mira.json', 'kek-1.key', 'receipts.ed25519.pem']);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is its owner’s alone, says how it was sealed, and shows nothing of what is in it', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(file);
    expect(JSON.parse(bytes.subarray(0, bytes.indexOf(10)).toString())).toMatchObject({
      format: 'ardoise-keys-1',
      kdf: { name: 'scrypt', N: 131_072, r: 8, p: 1 },
      cipher: 'aes-256-gcm',
    });
    expect(bytes.includes('abababab')).toBe(false);
    expect(bytes.includes('receipts')).toBe(false);
  });

  it('is written over nothing', async () => {
    await expect(backUpKeys({ keysFolder, to: file, passphrase, now: new Date() })).rejects.toMatchObject({
      code: 'backup-place-refused',
    });
  });

  it('opens with its passphrase only, and with every byte as it was', async () => {
    const other = { keysFolder: join(folder, 'none'), from: file, passphrase: 'another one entirely', write: true };
    await expect(restoreKeys(other)).rejects.toMatchObject({ code: 'keys-not-opened' });
    const bytes = readFileSync(file);
    for (const place of [20, bytes.length - 1, bytes.length - 40]) {
      const altered = Buffer.from(bytes);
      altered[place] = (altered[place] as number) ^ 1;
      const from = join(folder, 'altered');
      writeFileSync(from, altered);
      await expect(restoreKeys({ ...other, from, passphrase })).rejects.toMatchObject({ code: 'keys-not-opened' });
    }
  });

  it('says what it would do, and then does it, to the bytes, modes and names', async () => {
    const plan = await restored('new', false);
    expect(plan).toEqual({
      takenAt: '2026-03-02T10:00:00.000Z',
      files: ['anchors/mira.json', 'kek-1.key', 'receipts.ed25519.pem'].map((name) => ({ name, action: 'add' })),
    });
    expect(() => statSync(join(folder, 'new'))).toThrow();
    await restored('new', true);
    expect(readFileSync(join(folder, 'new', 'kek-1.key'), 'utf8')).toBe(first);
    expect(statSync(join(folder, 'new', 'anchors', 'mira.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    expect((await restored('new', true)).files.map(({ action }) => action)).toEqual(['same', 'same', 'same']);
  });

  it('overwrites nothing that differs, and brings back no key of an epoch that is over unless told to', async () => {
    mkdirSync(join(folder, 'later'), { mode: 0o700 });
    writeFileSync(join(folder, 'later', 'kek-2.key'), 'cd'.repeat(32) + '\n', { mode: 0o600 });
    writeFileSync(join(folder, 'later', 'receipts.ed25519.pem'), 'other', { mode: 0o600 });
    expect((await restored('later', true)).files).toEqual([
      { name: 'anchors/mira.json', action: 'add' },
      { name: 'kek-1.key', action: 'ended' },
      { name: 'receipts.ed25519.pem', action: 'differs' },
    ]);
    expect(readFileSync(join(folder, 'later', 'receipts.ed25519.pem'), 'utf8')).toBe('other');
    expect(() => statSync(join(folder, 'later', 'kek-1.key'))).toThrow();
    await restored('later', true, true);
    expect(readFileSync(join(folder, 'later', 'kek-1.key'), 'utf8')).toBe(first);
  });

  it('takes its passphrase from a file that nobody else may read, and no short one', async () => {
    const path = join(folder, 'passphrase');
    writeFileSync(path, `${passphrase}\n`, { mode: 0o600 });
    expect(await readPassphrase(path)).toBe(passphrase);
    const open = join(folder, 'open');
    writeFileSync(open, passphrase, { mode: 0o644 });
    await expect(readPassphrase(open)).rejects.toMatchObject({ code: 'keys-not-opened' });
    writeFileSync(path, 'short\n');
    await expect(readPassphrase(path)).rejects.toThrow(/fewer than 12/);
  });
});
