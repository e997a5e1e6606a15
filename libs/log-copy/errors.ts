export type LogCopyErrorCode =
  /** There is nothing to copy, or nothing was signed of it that a copy could be held against. */
  | 'log-empty'
  | 'ledger-missing'
  /** The log goes on at the target already. */
  | 'log-moved-already'
  /** The target is a log of its own, to which servers append. */
  | 'target-in-use'
  /** The target has something else than the source has there. */
  | 'log-differs'
  /** The copy's leaves do not give what was signed. */
  | 'ledger-differs'
  /** Another version of the program runs beside this one. */
  | 'upgrade-under-way'
  | 'copy-under-way'
  | 'interrupted';

/** Why a log was not moved. Servers go on where they were. */
export class LogCopyError extends Error {
  override readonly name = 'LogCopyError';

  constructor(
    readonly code: LogCopyErrorCode,
    message: string,
  ) {
    super(message);
  }
}
