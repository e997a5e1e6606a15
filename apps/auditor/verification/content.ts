/** Content that is not as it must be; quotes nothing of it. */
export class ContentError extends Error {
  override readonly name = 'ContentError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** @throws ContentError `file-malformed` unless it is UTF-8, without a byte order mark, and JSON */
export function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new ContentError('file-malformed', `${what} is not JSON in UTF-8`);
  }
}
