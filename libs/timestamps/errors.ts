export type TimestampErrorCode =
  /** No authority answered, in time, with 200 and at most 64 KiB. */
  | 'timestamp-unreachable'
  /** It is no response of RFC 3161, or none that this understands. */
  | 'timestamp-malformed'
  /** The authority says that it gave none. */
  | 'timestamp-rejected'
  /** It is about other bytes. */
  | 'timestamp-imprint-wrong'
  /** It answers another request. */
  | 'timestamp-nonce-wrong'
  /** Its signature is not over these very bytes by that certificate. */
  | 'timestamp-altered'
  /** Nothing leads from its certificate to one that is trusted, for stamping, at that time. */
  | 'timestamp-untrusted';

/** There is no timestamp, or it proves nothing; the message says why. */
export class TimestampError extends Error {
  override readonly name = 'TimestampError';

  constructor(
    readonly code: TimestampErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Refuses what is not of the form of RFC 3161 and the documents that it stands on. */
export function malformed(what: string): TimestampError {
  return new TimestampError('timestamp-malformed', `this is no timestamp: ${what}`);
}
