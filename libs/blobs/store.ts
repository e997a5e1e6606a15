/** A sealed file that is being read. */
export interface StoredBlob {
  /** Bytes of the whole file. */
  readonly length: number;
  /** Read once, in order; reading to the end or stopping ends the file. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Ends the file, also where nothing was read. Can be repeated. */
  readonly close: () => Promise<void>;
}

export interface ListedBlob {
  readonly blob: string;
  /** When it was written whole. */
  readonly writtenAt: Date;
}

/** Where sealed files lie, outside the log: a folder, or a store of objects. It sees ciphertext only. */
export interface BlobStore {
  /** Durable, and whole under its name, when it resolves; nothing is there under that name when it rejects. */
  write(organisation: string, blob: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws BlobError `blob-missing`, `blob-unreadable` */
  open(organisation: string, blob: string): Promise<StoredBlob>;
  /** Whether it was there. Can be repeated. */
  remove(organisation: string, blob: string): Promise<boolean>;
  /** All that were written whole, in no order. */
  list(organisation: string): AsyncIterable<ListedBlob>;
  /** Removes what a crash left half written before an instant; says how many. */
  sweepDrafts(organisation: string, before: Date): Promise<number>;
}
