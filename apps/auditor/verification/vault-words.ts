import { closeSync, openSync, readSync, writeSync, ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { readHeader } from '@ardoise/format';
import type { LoggedHeader } from '../../../src/keys/receipt-checks';

const endings = new Set(['keys-fenced', 'keys-lost', 'groups-ended']);
/** What receipts are held against. */
const kept = new Set(['groups-ended', 'gap-recorded']);

/** Headers of the log that receipts are held against, in a file of their own. */
export class VaultWords {
  private readonly file: number;

  constructor(
    folder: string,
    private length = 0,
  ) {
    this.file = openSync(join(folder, 'words'), length > 0 ? 'r+' : 'w+', 0o600);
    ftruncateSync(this.file, length);
  }

  /** Gives whether the event ends keys. */
  meet(type: string, header: Buffer): boolean {
    if (kept.has(type)) this.keep(header);
    return endings.has(type);
  }

  /** The log's first event: so it is seen that the log is one of the organisation. */
  first(header: Buffer): void {
    this.keep(header);
  }

  get bytes(): number {
    return this.length;
  }

  async *headers(): AsyncGenerator<LoggedHeader> {
    const size = Buffer.alloc(2);
    for (let at = 0; at < this.length;) {
      readSync(this.file, size, 0, 2, at);
      const header = Buffer.alloc(size.readUInt16LE());
      readSync(this.file, header, 0, header.length, at + 2);
      at += 2 + header.length;
      yield readHeader(header);
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private keep(header: Buffer): void {
    const record = Buffer.alloc(2 + header.length);
    record.writeUInt16LE(header.length);
    header.copy(record, 2);
    this.length += writeSync(this.file, record, 0, record.length, this.length);
  }
}
