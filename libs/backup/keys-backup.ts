import { readFile, lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { exists, filesBelow, makeFolder, remove, syncFolder, writeNew } from './durable-files';
import { BackupError } from './errors';
import { openFile, sealFile } from './sealed-file';

/** What a file of keys holds, sealed. */
interface KeysContent {
  readonly takenAt: string;
  /** Paths in the folder of keys, with `/`, and their bytes in base64. */
  readonly files: readonly (readonly [name: string, content: string])[];
}

const shortestPassphrase = 12;

/** Reads a passphrase: the first line of a file that nobody else may read. @throws BackupError */
export async function readPassphrase(path: string): Promise<string> {
  const { mode } = await lstat(path).catch(() => {
    throw new BackupError('keys-not-opened', `the file of the passphrase cannot be read: ${path}`);
  });
  if (process.getuid !== undefined && (mode & 0o077) !== 0) {
    throw new BackupError(
      'keys-not-opened',
      `others may read the passphrase in ${path}; it must be its owner's alone (0600)`,
    );
  }
  const [passphrase = ''] = (await readFile(path, 'utf8')).split('\n');
  if (passphrase.length < shortestPassphrase) {
    throw new BackupError(
      'keys-not-opened',
      `the passphrase in ${path} has fewer than ${shortestPassphrase} characters`,
    );
  }
  return passphrase;
}

/**
 * Seals the whole folder of keys into one new file: key-encryption keys, signing keys, anchors.
 * @returns the names of what is in it
 */
export async function backUpKeys(options: {
  readonly keysFolder: string;
  readonly to: string;
  readonly passphrase: string;
  readonly now: Date;
}): Promise<string[]> {
  const { keysFolder, to, passphrase, now } = options;
  if (await exists(to)) throw new BackupError('backup-place-refused', `${to} exists; keys go into a new file`);
  const files: [string, string][] = [];
  for await (const name of keyFiles(keysFolder)) {
    files.push([name, (await readFile(join(keysFolder, name))).toString('base64')]);
  }
  if (files.length === 0) throw new BackupError('backup-not-found', `there is no key in ${keysFolder}`);
  const content: KeysContent = { takenAt: now.toISOString(), files };
  const sealed = await sealFile(Buffer.from(JSON.stringify(content)), passphrase);
  const unfinished = `${to}.unfinished`;
  await remove(unfinished);
  await writeNew(unfinished, Readable.from([sealed]));
  await rename(unfinished, to);
  await syncFolder(dirname(to));
  return files.map(([name]) => name);
}

/** Not what is being written: such a file's name begins with a dot. */
async function* keyFiles(folder: string): AsyncGenerator<string> {
  for await (const name of filesBelow(folder)) if (isKeyFile(name)) yield name;
}

const isKeyFile = (name: string): boolean =>
  /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(name);

/** What a restore of keys would do with a file, or did. */
export interface KeyFilePlan {
  readonly name: string;
  /**
   * `add`: it is not there. `same`: it is there. `differs`: another is there, and stays. `ended`: a key-encryption key
   * older than the one in use, which may have been destroyed so that what was erased stays unreadable.
   */
  readonly action: 'add' | 'same' | 'differs' | 'ended';
}

export interface KeysRestoreOptions {
  readonly keysFolder: string;
  readonly from: string;
  readonly passphrase: string;
  /** Write what is to be added; otherwise only say. */
  readonly write: boolean;
  /** Add also key-encryption keys of epochs that are over. */
  readonly includeEnded?: boolean;
}

/** Puts back keys that are missing; what is there is never overwritten. @throws BackupError */
export async function restoreKeys(options: KeysRestoreOptions): Promise<{ takenAt: string; files: KeyFilePlan[] }> {
  const { keysFolder, from, passphrase, write, includeEnded = false } = options;
  const sealed = await readFile(from).catch(() => {
    throw new BackupError('backup-not-found', `the file of keys cannot be read: ${from}`);
  });
  const { takenAt, files } = JSON.parse((await openFile(sealed, passphrase)).toString('utf8')) as KeysContent;
  const inUse = await latestEpoch(keysFolder);
  const plan: KeyFilePlan[] = [];
  for (const [name, content] of files) {
    if (!isKeyFile(name))
      throw new BackupError('backup-damaged', `the file of keys names a file that cannot be its own`);
    const bytes = Buffer.from(content, 'base64');
    const action = await actionOf(join(keysFolder, name), bytes, epochOf(name) < inUse && !includeEnded);
    plan.push({ name, action });
    if (action === 'add' && write) await add(join(keysFolder, name), bytes);
  }
  return { takenAt, files: plan };
}

async function actionOf(path: string, bytes: Buffer, ended: boolean): Promise<KeyFilePlan['action']> {
  const there = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there) return there.equals(bytes) ? 'same' : 'differs';
  return ended ? 'ended' : 'add';
}

async function add(path: string, bytes: Buffer): Promise<void> {
  await makeFolder(dirname(path));
  const unfinished = join(dirname(path), `.${process.pid}.restored`);
  await remove(unfinished);
  await writeNew(unfinished, Readable.from([bytes]));
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

/** Of a key-encryption key's file, `kek-<epoch>.key`; nothing else has an end. */
const epochOf = (name: string): number => Number(/^kek-([1-9]\d*)\.key$/.exec(name)?.[1] ?? Infinity);

async function latestEpoch(folder: string): Promise<number> {
  let latest = 0;
  for await (const name of keyFiles(folder)) {
    const epoch = epochOf(name);
    if (epoch !== Infinity) latest = Math.max(latest, epoch);
  }
  return latest;
}
