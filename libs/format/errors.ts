export type FormatErrorCode =
  | 'header-malformed'
  | 'header-not-canonical'
  | 'header-too-large'
  | 'sections-malformed'
  | 'sections-too-large'
  | 'section-malformed'
  | 'commitment-differs'
  | 'ciphertext-differs'
  | 'section-not-authentic';

/** Stored bytes that are not what the format says. Never "erased": a record that was tampered with is an alarm. */
export class FormatError extends Error {
  override readonly name = 'FormatError';

  constructor(
    readonly code: FormatErrorCode,
    message: string,
  ) {
    super(message);
  }
}
