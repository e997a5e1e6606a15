import { constants } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { absent, openPrivateFile, type Refuse } from './private-files';
import { syncFolder } from './whole-files';

/**
 * Overwrites a secret on disk with what is none before its name goes: the name's end alone would leave its bytes in a
 * free block. On a file system that copies on write, or a disk that levels its wear, old blocks may outlive that all the
 * same. Nothing happens where there is no such file.
 */
export async function overwriteAndRemove(path: string, overwritten: string, refuse: Refuse): Promise<void> {
  const file = await openPrivateFile(path, refuse, constants.O_WRONLY);
  if (file === undefined) return;
  try {
    await file.write(overwritten, 0);
    await file.truncate(Buffer.byteLength(overwritten));
    await file.sync();
  } finally {
    await file.close();
  }
  await unlink(path).catch(absent);
  await syncFolder(dirname(path));
}
