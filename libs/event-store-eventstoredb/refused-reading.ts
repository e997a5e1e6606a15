import { EventStoreUnavailableError, PositionUnknownError } from '@ardoise/event-store';
import type { Connection } from './connection';
import { isReadingRefused } from './errors';
import { readAll } from './reading';
import { prefixesOf } from './record';

export interface RefusedReading {
  readonly organisation: string;
  /** Commit position at which the reading was to begin. */
  readonly at: bigint;
  /** A commit position before it at which an event begins, as far as is known. */
  readonly before: bigint;
  /** The position that was asked for. */
  readonly position: bigint;
}

/**
 * What it means that the engine refused a reading. It says the same where no event begins and where it cannot read its
 * disk for a moment; that nothing of the organisation begins there is believed once a reading from before has passed it.
 * What is known of places before may be of another log too: then the reading goes from the log's beginning.
 */
export async function meaningOf(
  connection: Pick<Connection, 'read'>,
  refused: RefusedReading,
  error: unknown,
): Promise<Error> {
  for (const from of new Set([refused.before, 0n])) {
    try {
      if (await begins(connection, refused, from)) break;
      return new PositionUnknownError(`no event of this log stands at position ${refused.position}`, { cause: error });
    } catch (failure) {
      if (!isReadingRefused(failure)) throw failure;
    }
  }
  return new EventStoreUnavailableError('the event store could not read what it has', { cause: error });
}

async function begins(
  connection: Pick<Connection, 'read'>,
  { organisation, at }: RefusedReading,
  from: bigint,
): Promise<boolean> {
  const prefixes = prefixesOf(organisation);
  for await (const { commit } of readAll(connection, { prefixes, from, count: Number.MAX_SAFE_INTEGER })) {
    if (commit >= at) return commit === at;
  }
  return false;
}
