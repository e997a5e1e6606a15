import {
  AccessDeniedError,
  CancelledError,
  convertToCommandError,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  UnavailableError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  LogTamperedError,
  MalformedAppendError,
  PositionUnknownError,
} from '@ardoise/event-store';

/** Of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const unauthenticated = 16;
const unavailable = 14;

/** What a failure of the client means to callers of the port. What is not known means that the engine is away. */
export function translated(error: unknown): Error {
  if (isOurs(error)) return error;
  const known = error instanceof Error ? convertToCommandError(error) : error;
  if (known instanceof AccessDeniedError) {
    const why = Number(known.code) === unauthenticated ? 'does not know the user or the password' : 'refuses the user';
    return new EventStoreRefusedError(
      `EventStoreDB ${why} of EVENTSTORE_URL; it takes one with the rights to read $all and to read and write streams`,
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

/** What the engine says of a place at which nothing begins, and of a disk that it cannot read for a moment. */
export function isReadingRefused(error: unknown): boolean {
  return error instanceof Error && /Unexpected \w*ReadAllResult: Error/.test(error.message);
}

/** Whether the engine says that a stream was deleted for good. */
export function isStreamDeleted(error: unknown): boolean {
  return error instanceof Error && convertToCommandError(error) instanceof StreamDeletedError;
}

/** Whether the client looks for another node after it. */
export function endsConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const known = convertToCommandError(error);
  return known instanceof UnavailableError || known instanceof NotLeaderError || known instanceof CancelledError;
}

/** A failure that we found, after which the client looks for another node. */
export function gaveUp(message: string): Error {
  type Raw = NonNullable<ConstructorParameters<typeof UnavailableError>[0]>;
  return new UnavailableError(Object.assign(new Error(message), { code: unavailable, details: message }) as Raw);
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
