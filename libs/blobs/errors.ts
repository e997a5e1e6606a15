export type BlobErrorCode =
  /** On record, and not in the store. */
  | 'blob-missing'
  /** Not the bytes that were written: cut off, longer, changed, or another blob's. */
  | 'blob-altered'
  /** The storage itself fails. */
  | 'blob-unreadable';

/** A blob that is not as it was written; never "erased", which only the vault's word on its unit says. */
export class BlobError extends Error {
  override readonly name = 'BlobError';

  constructor(
    readonly code: BlobErrorCode,
    /** Id of the blob. */
    readonly blob: string,
    reason: string,
  ) {
    super(`blob ${blob} ${reason}`);
  }
}

export function altered(blob: string, reason: string): BlobError {
  return new BlobError('blob-altered', blob, `is not as it was written: ${reason}`);
}
