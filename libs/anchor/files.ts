import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openPrivateFile, preparePrivateFolder, replaceWhole, syncFolder } from '@ardoise/private-files';
import { AnchorError } from './anchor';

export { syncFolder };

export function prepareFolder(folder: string): Promise<void> {
  return preparePrivateFolder(folder, refused);
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** `undefined` where there is none. @throws AnchorError `anchor-refused` when others may touch it */
export function openOrMissing(path: string): Promise<FileHandle | undefined> {
  return openPrivateFile(path, refused);
}

/** Whoever reads finds the old file or the new one, whole. */
export function replace(_: string, path: string, pieces: readonly string[]): Promise<void> {
  return replaceWhole(path, (file) => writeAll(file, pieces));
}

/** Adds whole lines, after cutting off one that a crash left unfinished; begins the file where there is none. */
export async function appendLines(
  folder: string,
  path: string,
  first: string,
  lines: readonly string[],
): Promise<void> {
  const file = await openPrivateFile(path, refused, constants.O_RDWR | constants.O_CREAT);
  if (file === undefined) throw refused(path, 'has lost its folder');
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

function refused(path: string, why: string): AnchorError {
  return new AnchorError('anchor-refused', `the anchor at ${path} is refused: it ${why}`);
}
