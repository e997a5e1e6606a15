import { BundleError, type LedgerFiles } from '@ardoise/bundle';

/** A ledger's files in memory, for a test to change as it likes. */
export class MemoryFiles implements LedgerFiles {
  readonly list?: () => Promise<string[]>;

  /** @param served whether nothing lists them, as over HTTP */
  constructor(
    readonly files: Map<string, Buffer>,
    served = false,
  ) {
    if (!served) this.list = async () => [...files.keys()].sort();
  }

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const bytes = this.files.get(path);
    if (bytes && bytes.length > limit) throw new BundleError('bundle-file-too-large', `${path} is too large`);
    return bytes;
  }

  async *stream(path: string): AsyncGenerator<Buffer> {
    const bytes = this.files.get(path);
    if (!bytes) throw new BundleError('bundle-not-found', `there is no ${path}`);
    for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
  }

  async close(): Promise<void> {}
}
