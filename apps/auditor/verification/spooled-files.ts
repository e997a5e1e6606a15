import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { unitsPath, type LedgerFiles } from '@ardoise/bundle';
import { exists } from './exists';

/**
 * A ledger that is served, of which the vault's word was read before anything else: what it says ended by then, the log
 * has named before; a checkpoint that is read afterwards has it.
 */
export class SpooledFiles implements LedgerFiles {
  private constructor(
    private readonly files: LedgerFiles,
    private readonly copy: string | undefined,
  ) {}

  /** @param folder where the copy is kept */
  static async of(files: LedgerFiles, folder: string): Promise<SpooledFiles> {
    if (!(await exists(files, unitsPath))) return new SpooledFiles(files, undefined);
    const path = join(folder, 'served-units');
    const copy = await open(path, 'w', 0o600);
    try {
      for await (const piece of files.stream(unitsPath)) await copy.writeFile(piece);
    } finally {
      await copy.close();
    }
    return new SpooledFiles(files, path);
  }

  read(path: string, limit: number): Promise<Buffer | undefined> {
    return this.files.read(path, limit);
  }

  stream(path: string): AsyncIterable<Buffer> {
    return path === unitsPath && this.copy !== undefined ? createReadStream(this.copy) : this.files.stream(path);
  }

  close(): Promise<void> {
    return this.files.close();
  }
}
