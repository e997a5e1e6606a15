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
  /** Nobody keeps other copies away any more. */
  | 'copy-lock-lost'
  /** Neither side could be opened; the same command goes on, or gives up. */
  | 'both-closed'
  /** What was to be given up has been gone on with. */
  | 'target-goes-on'
  | 'interrupted';

/** Why a log was not moved. Servers go on where they were, unless it says that both sides are closed. */
export class LogCopyError extends Error {
  override readonly name = 'LogCopyError';

  constructor(
    readonly code: LogCopyErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
