import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { idOf, SigningError, type SigningKey } from './signing';

const othersMay = 0o077;

/** An Ed25519 key (PKCS #8 in PEM) in a file that only its owner can read, in a folder that only its owner can enter. */
export class FileSigningKey implements SigningKey {
  readonly id: string;
  readonly publicKey: string;

  private constructor(private readonly key: KeyObject) {
    const publicKey = createPublicKey(key);
    this.id = idOf(publicKey);
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /**
   * Opens `<name>.ed25519.pem` in the folder; makes folder and key when there are none, and `create` is not false.
   * @throws SigningError `signing-key-missing`; `signing-key-refused` when it is no such key, or when somebody else
   * could read or replace it.
   */
  static async open(folder: string, name: string, { create = true } = {}): Promise<FileSigningKey> {
    if (!/^[a-z0-9-]{1,40}$/.test(name)) throw new RangeError('a signing key is named by 1 to 40 of a-z, 0-9 and -');
    const path = join(folder, `${name}.ed25519.pem`);
    if (create) await mkdir(folder, { recursive: true, mode: 0o700 });
    await checkFolder(folder);
    const file = (await openOrMissing(path)) ?? (create ? await createFirst(folder, path) : undefined);
    if (!file) throw new SigningError('signing-key-missing', `there is no signing key at ${path}; put it back`);
    return new FileSigningKey(await readKey(path, file));
  }

  async sign(bytes: Buffer): Promise<Buffer> {
    return sign(null, bytes, this.key);
  }
}

/** As with every key here: written whole under another name, then linked, so that of several makers one key stands. */
async function createFirst(folder: string, path: string): Promise<FileHandle> {
  const draft = join(folder, `.signing.${randomBytes(8).toString('hex')}`);
  const { privateKey } = generateKeyPairSync('ed25519');
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(folder);
  const made = await openOrMissing(path);
  if (made) return made;
  throw refused(path, 'was there and is gone');
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

async function readKey(path: string, file: FileHandle): Promise<KeyObject> {
  try {
    // Asked of the open file, not of its name: what is checked is what is read.
    const { mode, uid } = await file.stat();
    checkOwnership(path, mode, uid);
    return privateKeyOf(path, await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

function privateKeyOf(path: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below, without the reason that the parser gives: it is about the bytes of a secret.
  }
  throw refused(path, 'is not an Ed25519 private key (PKCS #8 in PEM)');
}

async function openOrMissing(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw refused(path, `cannot be opened (${code ?? 'unknown error'})`);
  }
}

async function checkFolder(folder: string): Promise<void> {
  try {
    const { mode, uid } = await lstat(folder);
    checkOwnership(folder, mode, uid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SigningError('signing-key-missing', `there is no folder ${folder}; put it back`);
  }
}

function checkOwnership(path: string, mode: number, uid: number): void {
  // Windows has neither modes nor user ids.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid()) throw refused(path, 'is owned by another user');
  if ((mode & othersMay) === 0) return;
  throw refused(path, `is open to group or others (mode ${(mode & 0o777).toString(8)}); it must be its owner's alone`);
}

function refused(path: string, why: string): SigningError {
  return new SigningError('signing-key-refused', `the signing key at ${path} is refused: it ${why}`);
}
