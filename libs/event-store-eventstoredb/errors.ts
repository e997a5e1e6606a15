import {
  AccessDeniedError,
  convertToCommandError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  LogTamperedError,
  MalformedAppendError,
  PositionUnknownError,
} from '@ardoise/event-store';

/** What a failure of the client means to callers of the port. What is not known means that the engine is away. */
export function translated(error: unknown): Error {
  if (isOurs(error)) return error;
  const known = error instanceof Error ? convertToCommandError(error) : error;
  if (known instanceof AccessDeniedError) {
    return new EventStoreRefusedError(
      'EventStoreDB refuses the user of EVENTSTORE_URL: it needs the right to read $all and to write streams',
      { cause: error },
    );
  }
  if (known instanceof MaxAppendSizeExceededError) {
    return new MalformedAppendError(
      `an append is larger than the ${known.maxAppendSize} bytes that EventStoreDB takes at once (MaxAppendSize)`,
    );
  }
  return new EventStoreUnavailableError('the event store cannot be reached', { cause: error });
}

/** What the engine says when it is asked to read from within an event; undefined for any other failure. */
export function positionUnknown(error: unknown, position: bigint): PositionUnknownError | undefined {
  if (!(error instanceof Error) || !/Unexpected \w*ReadAllResult: Error/.test(error.message)) return undefined;
  return new PositionUnknownError(`no event of this log stands at position ${position}`, { cause: error });
}

/** Whether the engine says that a stream was deleted for good. */
export function isStreamDeleted(error: unknown): boolean {
  return error instanceof Error && convertToCommandError(error) instanceof StreamDeletedError;
}

export { WrongExpectedVersionError };

function isOurs(error: unknown): error is Error {
  return (
    error instanceof LogTamperedError ||
    error instanceof PositionUnknownError ||
    error instanceof EventStoreRefusedError ||
    error instanceof EventStoreUnavailableError ||
    error instanceof MalformedAppendError
  );
}
