import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
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

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
