import { kindOf, type LedgerFiles } from '@ardoise/bundle';

/** An increment over the bundle that it goes on from: what it leaves out is read there. */
export class LayeredFiles implements LedgerFiles {
  readonly list?: () => Promise<string[]>;

  constructor(
    private readonly newer: LedgerFiles,
    private readonly older: LedgerFiles,
  ) {
    if (newer.list) this.list = () => newer.list?.() ?? Promise.resolve([]);
  }

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    return (await this.newer.read(path, limit)) ?? (mayBeOlder(path) ? this.older.read(path, limit) : undefined);
  }

  /** Everything that is read in pieces is whole in each bundle. */
  stream(path: string): AsyncIterable<Buffer> {
    return this.newer.stream(path);
  }

  async close(): Promise<void> {
    await Promise.all([this.newer.close(), this.older.close()]);
  }
}

/** Entries and leaves: whole ones never change, and whether they are the same is seen from the root. */
function mayBeOlder(path: string): boolean {
  const kind = kindOf(path);
  return kind === 'entries' || kind === 'policy' || (kind === 'tile' && path.includes('/tile/0/'));
}
