import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSigningKey } from './file-signing-key';
import { signingKeyId, verify } from './signing';

const words = Buffer.from('words');
let folder: string;
const path = (): string => join(folder, 'receipts.ed25519.pem');
const opened = (): Promise<FileSigningKey> => FileSigningKey.open(folder, 'receipts');

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'ardoise-signing-')), 'keys');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('a signing key in a file', () => {
  it('is made once, for its owner alone, and the same for all who start at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, opened));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['receipts.ed25519.pem']);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it('signs what its public key verifies, and nothing else', async () => {
    const key = await opened();
    const signature = await key.sign(words);
    expect(signature).toHaveLength(64);
    expect(verify(key.publicKey, words, signature)).toBe(true);
    expect(verify(key.publicKey, Buffer.from('other'), signature)).toBe(false);
    expect(verify(key.publicKey, words, signature.subarray(1))).toBe(false);
    const other = await FileSigningKey.open(folder, 'others');
    expect(verify(other.publicKey, words, signature)).toBe(false);
  });

  it('is named by the digest of its public key', async () => {
    const key = await opened();
    const der = createPublicKey(key.publicKey).export({ type: 'spki', format: 'der' });
    expect(key.id).toBe(createHash('sha256').update(der).digest('hex').slice(0, 16));
    expect(signingKeyId(key.publicKey)).toBe(key.id);
  });

  it('is not made where none may be made', async () => {
    const without = (): Promise<FileSigningKey> => FileSigningKey.open(folder, 'receipts', { create: false });
    await expect(without()).rejects.toMatchObject({ code: 'signing-key-missing' });
    const made = await opened();
    expect((await without()).id).toBe(made.id);
    await rm(path());
    await expect(without()).rejects.toMatchObject({ code: 'signing-key-missing' });
  });

  it('is refused when others may read it, when it is a link, or no such key', async () => {
    await opened();
    await chmod(path(), 0o640);
    await expect(opened()).rejects.toThrow(/open to group or others \(mode 640\)/);
    await chmod(path(), 0o600);
    await chmod(folder, 0o755);
    await expect(opened()).rejects.toThrow(/open to group or others \(mode 755\)/);
    await chmod(folder, 0o700);
    const target = join(folder, '..', 'elsewhere.pem');
    await writeFile(target, await readFile(path()), { mode: 0o600 });
    await rm(path());
    await symlink(target, path());
    await expect(opened()).rejects.toThrow(/cannot be opened \(ELOOP\)/);
    await rm(path());
    const { privateKey } = generateKeyPairSync('x25519');
    await writeFile(path(), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    await expect(opened()).rejects.toThrow(/is not an Ed25519 private key/);
  });

  it('verifies with no other kind of key, and takes no private key for a public one', async () => {
    await opened();
    const pem = await readFile(path(), 'utf8');
    const { publicKey } = generateKeyPairSync('x25519');
    for (const wrong of [pem, publicKey.export({ type: 'spki', format: 'pem' }) as string, 'nothing']) {
      expect(() => verify(wrong, words, Buffer.alloc(64))).toThrow(/no Ed25519 public key/);
    }
  });
});
