/**
 * The files of an organisation's ledger, however they lie: in an archive, in a folder, or behind an address. All paths
 * are those of the layout (docs/adr/0030); any other is refused before anything is looked up.
 */
export interface LedgerFiles {
  /**
   * A whole file; undefined when there is none.
   * @param limit how many bytes it may have at most; its kind's own limit holds too
   * @throws BundleError
   */
  read(path: string, limit: number): Promise<Buffer | undefined>;
  /** A file in pieces, in bounded memory. @throws BundleError `bundle-not-found` when there is none */
  stream(path: string): AsyncIterable<Buffer>;
  /** All paths, in the order of bytes; absent where nothing lists them, as over HTTP. */
  list?(): Promise<string[]>;
  close(): Promise<void>;
}
