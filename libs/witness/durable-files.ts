import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a file is written before it gets its name. */
export const draftIn = (folder: string): string => join(folder, `.draft-${randomBytes(8).toString('hex')}`);

/** A new file of its owner alone, on disk when it resolves; its name is not until the folder is synced. */
export async function writeDraft(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whoever reads finds the old file or the new one, whole. Durable when it resolves. */
export async function replaceFile(folder: string, name: string, bytes: Buffer): Promise<void> {
  const draft = draftIn(folder);
  try {
    await writeDraft(draft, bytes);
    await rename(draft, join(folder, name));
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
