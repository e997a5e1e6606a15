/** A bundle that is not made as it was asked for; nothing is at its place. */
export class BundleExportError extends Error {
  override readonly name = 'BundleExportError';

  constructor(
    readonly code: 'since-refused' | 'since-differs' | 'ledger-empty' | 'export-interrupted',
    message: string,
  ) {
    super(message);
  }
}
