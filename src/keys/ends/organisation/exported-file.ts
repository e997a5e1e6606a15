import { createHash } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { randomId } from '@ardoise/format';
import type { ExportedLog } from '../signed-receipt';

/** Writes an exported log whole or not at all: under another name, made durable, then renamed. */
export async function writeExport(path: string, lines: AsyncIterable<string>): Promise<ExportedLog> {
  const draft = `${path}.${randomId()}.part`;
  const file = await open(draft, 'wx', 0o600);
  const hash = createHash('sha256');
  let [bytes, position] = [0, '0'];
  try {
    for await (const piece of lines) {
      const buffer = Buffer.from(piece);
      hash.update(buffer);
      bytes += buffer.length;
      position = lastPosition(piece) ?? position;
      await file.appendFile(buffer);
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  return { file: basename(path), bytes, sha256: hash.digest('hex'), position };
}

function lastPosition(lines: string): string | undefined {
  const last = lines.trimEnd().split('\n').at(-1);
  return last ? (JSON.parse(last) as { position: string }).position : undefined;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems order the change of names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
