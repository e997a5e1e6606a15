/** The data folder is not what an import can read; the message names file and column, never a value. */
export class ImportError extends Error {
  override readonly name = 'ImportError';

  constructor(
    /** Stable, kebab-case. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
