export type WitnessErrorCode =
  /** Another process cosigns from this folder. */
  | 'witness-folder-in-use'
  /** Another process has taken the folder over; this one must not cosign any more. */
  | 'witness-folder-lost'
  /** What is stored of a log is not what was written. */
  | 'witness-state-malformed'
  /** The list of logs cannot be read as one; the message names the line. */
  | 'witness-logs-malformed'
  /** No answer, in time, of the size and kind that the protocol has. */
  | 'witness-unreachable'
  | 'witness-answer-malformed'
  /** The witness does not know this log. */
  | 'witness-log-unknown'
  /** The witness holds none of the checkpoint's signatures for the log's. */
  | 'witness-signature-refused'
  /** The witness says that the request is not of the protocol. */
  | 'witness-request-refused'
  /** None of the lines answered is a cosignature of this witness on this checkpoint. */
  | 'witness-cosignature-wrong';

/** What keeps a witness from cosigning, or us from a cosignature. The message names no log's content. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError';

  constructor(
    readonly code: WitnessErrorCode,
    message: string,
  ) {
    super(message);
  }
}
