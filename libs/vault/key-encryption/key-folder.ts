import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { keyLength } from '@ardoise/format';
import type { VaultError } from '../vault';
import { failed } from './key-encryption';

const keyFile = /^kek-([1-9]\d{0,8})\.key$/;
const othersMay = 0o077;
/** What a key is overwritten with. It is no key: a destruction that was cut short is told from a key, and goes on. */
const overwritten = 'x'.repeat(64) + '\n';

/** A folder that only its owner may enter, with one file for each key, `kek-<epoch>.key`, that only its owner may read. */
export class KeyFolder {
  constructor(readonly path: string) {}

  /** @throws VaultError `key-encryption-failed` when it is somebody else's, or open to others. */
  async prepare(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const { mode, uid } = await lstat(this.path);
    checkOwnership(this.path, mode, uid);
  }

  /** Ascending; empty also when there is no folder. */
  async epochs(): Promise<number[]> {
    const names = await readdir(this.path).catch(absent);
    return (names ?? [])
      .map((name) => Number(keyFile.exec(name)?.[1] ?? 0))
      .filter((epoch) => epoch > 0)
      .sort((a, b) => a - b);
  }

  /**
   * Writes a new key whole and on disk under another name, then links it to its own: linking fails when the name is
   * taken, so of two processes that make it at once one key stands, and both read that one.
   */
  async create(epoch: number): Promise<void> {
    const draft = join(this.path, `.kek-${epoch}.${randomBytes(8).toString('hex')}`);
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(keyLength).toString('hex') + '\n');
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await link(draft, this.file(epoch));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await unlink(draft);
    }
    await this.sync();
  }

  /** `undefined` when there is none, or none any more. @throws VaultError `key-encryption-failed` */
  async read(epoch: number): Promise<Buffer | undefined> {
    const path = this.file(epoch);
    const file = await openWithoutLinks(path, constants.O_RDONLY);
    if (file === undefined) return undefined;
    try {
      // Asked of the open file, not of its name: what is checked is what is read.
      const { mode, uid } = await file.stat();
      checkOwnership(path, mode, uid);
      const text = await file.readFile('utf8');
      if (text === overwritten) return undefined;
      if (!/^[0-9a-f]{64}$/.test(text.trimEnd())) throw refused(path, 'is not a key of 64 hexadecimal digits');
      return Buffer.from(text.trimEnd(), 'hex');
    } finally {
      await file.close();
    }
  }

  /**
   * Overwrites the key on disk before its name goes: the name's end alone would leave its bytes in a free block. On a
   * file system that copies on write, or a disk that levels its wear, old blocks may outlive that all the same.
   */
  async destroy(epoch: number): Promise<void> {
    const file = await openWithoutLinks(this.file(epoch), constants.O_WRONLY);
    if (file === undefined) return;
    try {
      await file.write(overwritten, 0);
      await file.truncate(overwritten.length);
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(this.file(epoch)).catch(absent);
    // Drafts of a creation that was killed: of this very key, or of one that never came into use.
    for (const name of await readdir(this.path)) {
      if (name.startsWith(`.kek-${epoch}.`)) await unlink(join(this.path, name)).catch(absent);
    }
    await this.sync();
  }

  private file(epoch: number): string {
    return join(this.path, `kek-${epoch}.key`);
  }

  private async sync(): Promise<void> {
    // Windows cannot open a folder; its file systems order the change of names themselves.
    if (process.platform === 'win32') return;
    const handle = await open(this.path, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  }
}

/** What is not there is no error: another process may have been first. */
function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

async function openWithoutLinks(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return undefined;
    throw refused(path, `cannot be opened (${code})`);
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
  return failed(`the key-encryption key at ${path} is refused: it ${why}`);
}
