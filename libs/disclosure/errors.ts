/** What makes a file no disclosure, or one that does not hold. Codes of libs/format and libs/ledger are passed on beside. */
export type DisclosureErrorCode =
  /** No JSON, a member that lacks or is not of its form, one too many. */
  | 'disclosure-malformed'
  /** The same content in another spelling: white space, order, a name twice. */
  | 'disclosure-not-canonical'
  | 'disclosure-too-large'
  /** Of a format that this version does not know. */
  | 'disclosure-of-other-format'
  /** A section that the event does not have. */
  | 'section-unknown'
  /** A field that the section does not have. */
  | 'field-unknown'
  /** Fields and digests do not give what the header committed to. */
  | 'commitment-differs'
  /** The event is of another organisation than the ledger. */
  | 'ledger-of-another'
  /** None of the keys that are trusted is of this ledger. */
  | 'ledger-unknown'
  /** Not as many witnesses as the policy asks for. */
  | 'cosignatures-too-few';

/** The message names places and members, never a value. */
export class DisclosureError extends Error {
  override readonly name = 'DisclosureError';

  constructor(
    readonly code: DisclosureErrorCode,
    message: string,
  ) {
    super(message);
  }
}
