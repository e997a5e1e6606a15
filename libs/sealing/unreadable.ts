import type { OpenedEnvelope } from './declaration';
import { TamperedEventError, type Opener } from './opener';
import { UnknownEventError } from './registry';
import { UpcastError } from './upcasting';

/** Opens events, and says what it can open. */
export type EventOpener = Pick<Opener, 'open' | 'isPresent' | 'knows'>;

/** A stored event that cannot be read here and now, whoever asks: altered, unknown to this code, or not upcast by it. */
export type UnreadableEventError = TamperedEventError | UnknownEventError | UpcastError;

export function isUnreadable(error: unknown): error is UnreadableEventError {
  return error instanceof TamperedEventError || error instanceof UnknownEventError || error instanceof UpcastError;
}

/** The type and version of an event, where that is why it cannot be read. */
export function versionOf(error: UnreadableEventError): { readonly type?: string; readonly schema?: number } {
  return error instanceof TamperedEventError ? {} : { type: error.type, schema: error.schema };
}

/** The id that an event has in the log. */
export function storedId(event: OpenedEnvelope): string {
  return event.stored?.id ?? event.id;
}
