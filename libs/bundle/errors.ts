export type BundleErrorCode =
  /** There is nothing at this place. */
  | 'bundle-not-found'
  /** What is there is no bundle: neither a folder with a `ledger.json`, nor an archive that begins with a header of ours. */
  | 'bundle-not-recognised'
  /** Compressed; a bundle is not, and what unpacks without bound is not unpacked here. */
  | 'bundle-compressed'
  /** Ends before its end, or within a file. */
  | 'bundle-truncated'
  /** A path that is not relative and canonical, or none of the layout's. */
  | 'bundle-path-refused'
  /** A symbolic or hard link, in an archive or in a folder. */
  | 'bundle-link-refused'
  /** Something else than a regular file: a folder's entry, a device, a sparse file, an extended header (pax, GNU). */
  | 'bundle-type-refused'
  /** Larger than what a file of its kind may be. */
  | 'bundle-file-too-large'
  /** More files than a bundle may have. */
  | 'bundle-too-many-files'
  /** One path twice. */
  | 'bundle-duplicate'
  /** A header, padding or end that differs from the one form in which a bundle is written. */
  | 'bundle-malformed'
  /** A file whose content is not of the form that its kind has. */
  | 'bundle-content-malformed'
  /** Served over HTTP, and nothing came, or another answer than a file. */
  | 'bundle-unreachable'
  /** Leads to another host, or from https to http. */
  | 'bundle-redirect-refused'
  /** Where an archive shall be written there is something. */
  | 'bundle-exists'
  /** Asked to stop. */
  | 'bundle-interrupted';

/** A ledger's files that are refused or cannot be read. The message names a path of the layout, never what is in it. */
export class BundleError extends Error {
  override readonly name = 'BundleError';

  constructor(
    readonly code: BundleErrorCode,
    message: string,
  ) {
    super(message);
  }
}
