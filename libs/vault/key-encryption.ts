import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { decrypt, encrypt, fingerprintOf, FormatError, keyLength } from '@ardoise/format';
import { VaultError } from './vault';

/** What a key-encryption key made of a group's key. */
export interface WrappedKey {
  /** Names the key-encryption key that wrapped it. */
  readonly kek: string;
  readonly wrapped: Buffer;
}

/** What wraps group keys: a file, a hardware module, a key service. The keys themselves never leave it. */
export interface KeyEncryption {
  /** Id of the key that wraps now; another key has another id, for good. Asked afresh: another process may have rotated. */
  current(): Promise<string>;
  /** @throws VaultError `key-encryption-failed` when the key cannot be used now. */
  wrap(key: Buffer, context: Buffer): Promise<WrappedKey>;
  /**
   * @throws VaultError `key-tampered` when the bytes do not authenticate, else `key-encryption-failed`, also when there
   * is no such key any more.
   */
  unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer>;
}

const keyFile = /^kek-([1-9]\d{0,8})\.key$/;
const othersMay = 0o077;

/**
 * A 256-bit key-encryption key in a file that only its owner can read, in a folder that only its owner can enter.
 * The file's name says the epoch; the highest one is in use. Its content is 64 hexadecimal digits and a line end.
 */
export class FileKeyEncryption implements KeyEncryption {
  private constructor(
    private readonly id: string,
    private readonly key: Buffer,
  ) {}

  /**
   * Opens the key in the folder; makes folder and key when there are none, and `create` is not false.
   * @throws VaultError `key-encryption-failed` when somebody else could read or replace the key, or when there is none
   * and none may be made, because what is there was sealed under another.
   */
  static async open(folder: string, { create = true } = {}): Promise<FileKeyEncryption> {
    if (!create) await mustHoldKey(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = await lstat(folder);
    checkOwnership(folder, mode, uid);
    const epoch = (await latestEpoch(folder)) ?? (await createFirst(folder));
    const key = await readKey(join(folder, `kek-${epoch}.key`));
    // The id is bound to the key's bytes: a file replaced by another is told from a group key that was altered.
    return new FileKeyEncryption(`file-${epoch}-${fingerprintOf(key, `kek-${epoch}`).slice(0, 16)}`, key);
  }

  async current(): Promise<string> {
    return this.id;
  }

  async wrap(key: Buffer, context: Buffer): Promise<WrappedKey> {
    return { kek: this.id, wrapped: encrypt(this.key, key, context) };
  }

  async unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer> {
    if (kek !== this.id) {
      const why = `what was wrapped under the key-encryption key ${kek} cannot be opened with ${this.id}`;
      throw new VaultError('key-encryption-failed', why);
    }
    try {
      return decrypt(this.key, wrapped, context);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new VaultError('key-tampered', `a key wrapped under ${this.id} does not open: it was altered or moved`);
    }
  }
}

async function mustHoldKey(folder: string): Promise<void> {
  const epoch = await latestEpoch(folder).catch(() => undefined);
  if (epoch !== undefined) return;
  throw new VaultError(
    'key-encryption-failed',
    `there is no key-encryption key in ${folder}, and the vault holds keys that were wrapped under one; put the folder back`,
  );
}

async function latestEpoch(folder: string): Promise<number | undefined> {
  const epochs = (await readdir(folder)).map((name) => Number(keyFile.exec(name)?.[1] ?? 0));
  const latest = Math.max(0, ...epochs);
  return latest === 0 ? undefined : latest;
}

/**
 * Writes a new key whole and on disk under another name, then links it to its own: linking fails when the name is
 * taken, so of two processes that start at once one key stands and both read that one.
 */
async function createFirst(folder: string): Promise<number> {
  const draft = join(folder, `.kek-1.${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(keyLength).toString('hex') + '\n');
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, join(folder, 'kek-1.key'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(folder);
  return 1;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

async function readKey(path: string): Promise<Buffer> {
  const file = await openWithoutLinks(path);
  try {
    // Asked of the open file, not of its name: what is checked is what is read.
    const { mode, uid } = await file.stat();
    checkOwnership(path, mode, uid);
    const text = (await file.readFile('utf8')).trimEnd();
    if (!/^[0-9a-f]{64}$/.test(text)) throw refused(path, 'is not a key of 64 hexadecimal digits');
    return Buffer.from(text, 'hex');
  } finally {
    await file.close();
  }
}

async function openWithoutLinks(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw refused(path, `cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}

function checkOwnership(path: string, mode: number, uid: number): void {
  // Windows has neither modes nor user ids.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid()) throw refused(path, 'is owned by another user');
  if ((mode & othersMay) !== 0) {
    throw refused(
      path,
      `is open to group or others (mode ${(mode & 0o777).toString(8)}); it must be its owner's alone`,
    );
  }
}

function refused(path: string, why: string): VaultError {
  return new VaultError('key-encryption-failed', `the key-encryption key at ${path} is refused: it ${why}`);
}
