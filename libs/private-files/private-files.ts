import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';

const othersMay = 0o077;
const noFollow = constants.O_NOFOLLOW ?? 0;

/** The error of whoever keeps the file: it names the path and says why, never what is in it. */
export type Refuse = (path: string, why: string) => Error;

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
}

/**
 * Files and folders that their owner alone may read and replace. What is not so is refused with the error of whoever
 * keeps them, which every function here takes as `refuse`.
 */
export function checkOwnership(path: string, { mode, uid }: Ownership, refuse: Refuse): void {
  // Windows has neither modes nor user ids.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid()) throw refuse(path, 'is owned by another user');
  if ((mode & othersMay) === 0) return;
  const open = (mode & 0o777).toString(8);
  throw refuse(path, `is open to group or others (mode ${open}); it must be its owner's alone`);
}

/** Whether the folder is there; one that is, is its owner's alone, and no link. */
export async function isPrivateFolder(path: string, refuse: Refuse): Promise<boolean> {
  const found = await lstat(path).catch(absent);
  if (found === undefined) return false;
  checkOwnership(path, found, refuse);
  return true;
}

/** Makes the folder where there is none. */
export async function preparePrivateFolder(path: string, refuse: Refuse): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await isPrivateFolder(path, refuse);
}

/** Opens a file that is there; `undefined` when it is not, unless the flags make it. A link is refused. */
export async function openPrivateFile(
  path: string,
  refuse: Refuse,
  flags: number = constants.O_RDONLY,
): Promise<FileHandle | undefined> {
  const file = await openWithoutLinks(path, refuse, flags);
  if (file === undefined) return undefined;
  try {
    // Asked of the open file, not of its name: what is checked is what is read.
    checkOwnership(path, await file.stat(), refuse);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The whole file; `undefined` when there is none. */
export async function readPrivateFile(path: string, refuse: Refuse): Promise<string | undefined> {
  const file = await openPrivateFile(path, refuse);
  if (file === undefined) return undefined;
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openWithoutLinks(path: string, refuse: Refuse, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | noFollow, 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return undefined;
    throw refuse(path, `cannot be opened (${code})`);
  }
}

/** What is not there is no error: another process may have been first. */
export function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}
