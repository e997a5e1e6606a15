/** The log does not give what was signed: which checkpoint is not met, and what was found. Nothing was changed. */
export class LedgerMismatchError extends Error {
  override readonly name = 'LedgerMismatchError';

  constructor(
    readonly code: 'ledger-differs' | 'ledger-older',
    readonly organisation: string,
    readonly detail: string,
  ) {
    super(`the ledger of ${organisation} does not match its log: ${detail}`);
  }
}

/** Tiles were thrown away; `ardoise ledger rebuild`, or the next sequencer of the organisation, makes them again. */
export class TileMissingError extends Error {
  override readonly name = 'TileMissingError';
  readonly code = 'tile-missing';
}

/** A tree is not what whoever writes to it takes it for: another incarnation has begun, or another has written. */
export class TreeMovedError extends Error {
  override readonly name = 'TreeMovedError';
  readonly code = 'tree-moved';
}

/** Something that no tree takes: an incarnation out of its turn, a line that is no signature, a number beyond the end. */
export class LedgerRefusal extends Error {
  override readonly name = 'LedgerRefusal';

  constructor(
    readonly code: 'incarnation-refused' | 'cosignature-malformed' | 'entries-out-of-range' | 'tree-unknown',
    message: string,
  ) {
    super(message);
  }
}

/** Nobody signed for the position in time: no sequencer runs, or it refuses to. */
export class CheckpointWaitTimeoutError extends Error {
  override readonly name = 'CheckpointWaitTimeoutError';
  readonly code = 'checkpoint-wait-timeout';
}
