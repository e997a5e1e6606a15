import { headerLimit, isOrganisation, isStreamId } from '@ardoise/format';
import { Append, NewEvent } from './event-store';

/** What was to be appended can never be stored. Nothing was appended, and repeating it changes nothing. */
export class MalformedAppendError extends Error {
  override readonly name = 'MalformedAppendError';
  readonly code = 'append-malformed';
}

const commandLength = 32;

/**
 * Looks at an append before it is gathered with others, so that its faults are its own.
 * @throws MalformedAppendError
 */
export function checkAppend({ organisation, stream, expectedVersion, events }: Append): void {
  if (!isOrganisation(organisation)) throw new MalformedAppendError(`not an organisation: "${String(organisation)}"`);
  if (!isStreamId(stream)) throw new MalformedAppendError(`not a stream id: "${String(stream)}"`);
  if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0) {
    throw new MalformedAppendError(`not a version: ${expectedVersion}`);
  }
  if (events.length === 0) throw new MalformedAppendError('an append has at least one event');
  events.forEach(checkEvent);
}

function checkEvent({ header, command }: NewEvent): void {
  if (header.length === 0 || header.length > headerLimit) {
    throw new MalformedAppendError(`an event's header has ${header.length} bytes; 1 to ${headerLimit} are allowed`);
  }
  if (command.length !== commandLength) {
    throw new MalformedAppendError(`an event's command has ${command.length} bytes; it has ${commandLength}`);
  }
}
