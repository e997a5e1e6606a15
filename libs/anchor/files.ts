import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AnchorError } from './anchor';

const othersMay = 0o077;
const noFollow = constants.O_NOFOLLOW ?? 0;

export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = await lstat(folder);
  checkOwnership(folder, mode, uid);
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Opens a file for reading that its owner alone can read and write. @throws AnchorError `anchor-refused`, ENOENT */
export async function openPrivate(path: string, flags: number = constants.O_RDONLY): Promise<FileHandle> {
  const file = await open(path, flags | noFollow, 0o600).catch((error: unknown) => {
    if (isMissing(error)) throw error;
    throw refused(path, `cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  });
  try {
    // Asked of the open file, not of its name: what is checked is what is read.
    const { mode, uid } = await file.stat();
    checkOwnership(path, mode, uid);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export async function openOrMissing(path: string): Promise<FileHandle | undefined> {
  try {
    return await openPrivate(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Written whole and on disk under another name, then renamed: whoever reads finds the old file or the new one. */
export async function replace(folder: string, path: string, pieces: readonly string[]): Promise<void> {
  const draft = join(folder, `.anchor.${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    try {
      await writeAll(file, pieces);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Adds whole lines, after cutting off one that a crash left unfinished; begins the file where there is none. */
export async function appendLines(
  folder: string,
  path: string,
  first: string,
  lines: readonly string[],
): Promise<void> {
  const file = await openPrivate(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const end = await endOfLines(file);
    await file.truncate(end);
    const pieces = end === 0 ? [first, ...lines] : lines;
    if (pieces.length === 0) return;
    await writeAll(file, pieces, end);
    await file.sync();
    if (end === 0) await syncFolder(folder);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, pieces: readonly string[], at = 0): Promise<void> {
  let position = at;
  for (let from = 0; from < pieces.length; from += 10_000) {
    const bytes = Buffer.from(pieces.slice(from, from + 10_000).join(''), 'utf8');
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
    position += bytes.length;
  }
}

/** Where the last ended line ends, in bytes. */
async function endOfLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const piece = Buffer.alloc(4_096);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - start, start);
    const last = piece.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}

export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

function checkOwnership(path: string, mode: number, uid: number): void {
  // Windows has neither modes nor user ids.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid()) throw refused(path, 'is owned by another user');
  if ((mode & othersMay) === 0) return;
  throw refused(path, `is open to group or others (mode ${(mode & 0o777).toString(8)}); it must be its owner's alone`);
}

function refused(path: string, why: string): AnchorError {
  return new AnchorError('anchor-refused', `the anchor at ${path} is refused: it ${why}`);
}
