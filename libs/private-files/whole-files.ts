import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { absent } from './private-files';

/** What a file holds: a text, or what writes it. */
export type Content = string | ((file: FileHandle) => Promise<void>);

/**
 * Writes a new file whole and on disk under another name, which begins with a dot, then links it to its own: linking
 * fails when the name is taken, so that of several makers one file stands.
 * @returns whether it is this one
 */
export async function linkWhole(path: string, content: Content): Promise<boolean> {
  const draft = await writeDraft(path, content);
  let first = true;
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    first = false;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dirname(path));
  return first;
}

/** As `linkWhole`, in the place of what is there: whoever reads finds the old file or the new one. */
export async function replaceWhole(path: string, content: Content): Promise<void> {
  const draft = await writeDraft(path, content);
  try {
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(absent);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeDraft(path: string, content: Content): Promise<string> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await (typeof content === 'string' ? file.writeFile(content) : content(file));
    await file.sync();
  } catch (error) {
    await unlink(draft).catch(absent);
    throw error;
  } finally {
    await file.close();
  }
  return draft;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
