import { EventStoreUnavailableError, type StoredEvent } from '@ardoise/event-store';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { ReadCall } from './connection';
import type { Place } from './places';
import { type Recorded, recordedOf } from './reading';

export interface SubscriptionSource {
  readonly after: bigint;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Commit position of the engine's last event. */
  readonly end: () => Promise<bigint>;
  /** At most so many events after a position. */
  readonly read: (after: bigint, limit: number) => Promise<readonly StoredEvent[]>;
  /** What comes after a commit position. */
  readonly live: (after: bigint) => Promise<ReadCall>;
  readonly stored: (recorded: Recorded) => Promise<StoredEvent | undefined>;
  /** Commit position of an event that was just read. */
  readonly commitOf: (position: bigint) => Promise<bigint>;
  /** Told of what was seen: everything from a commit position through another, and the last event among it. */
  readonly passed: (from: bigint, last: Place | undefined, through: bigint) => void;
  readonly translated: (error: unknown) => Error;
}

const longestBackOff = 5_000;
/** Least time between two batches of what is new, in milliseconds: what comes meanwhile comes together. */
const gathering = 10;

/**
 * An organisation's log from a position on: by reading until its end, then by subscription, then again by reading when that
 * ended, from where it was. Only what comes after the last event given is ever given, so nothing comes twice; and the
 * engine has one order, behind whose end nothing appears, so nothing is missed.
 */
export async function* follow(source: SubscriptionSource): AsyncGenerator<readonly StoredEvent[], void> {
  const { signal } = source;
  let position = source.after;
  let backOff = 50;
  while (!signal.aborted) {
    try {
      for await (const events of fromHere(source, position)) {
        backOff = 50;
        if (signal.aborted) return;
        position = events.at(-1)?.position ?? position;
        yield events;
      }
    } catch (error) {
      const failure = source.translated(error);
      if (signal.aborted) return;
      if (!(failure instanceof EventStoreUnavailableError)) throw failure;
      await delay(backOff, undefined, { signal }).catch(() => undefined);
      backOff = Math.min(backOff * 2, longestBackOff);
    }
  }
}

async function* fromHere(source: SubscriptionSource, after: bigint): AsyncGenerator<readonly StoredEvent[]> {
  const { batchSize, signal } = source;
  let position = after;
  for (;;) {
    const end = await source.end();
    const events = await source.read(position, batchSize);
    if (events.length > 0) yield events;
    const last = events.at(-1)?.position;
    position = last ?? position;
    if (signal.aborted) return;
    if (events.length === batchSize) continue;
    // Read to the end: there is nothing between the last event and where the engine ended before the look.
    const commit = last === undefined ? end : await source.commitOf(last);
    yield* live(source, position, commit > end ? commit : end);
    return;
  }
}

async function* live(source: SubscriptionSource, after: bigint, from: bigint): AsyncGenerator<readonly StoredEvent[]> {
  const { batchSize, signal } = source;
  const call = await source.live(from);
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  const responses = call[Symbol.asyncIterator]() as AsyncIterator<ReadResp>;
  let position = after;
  try {
    while (!signal.aborted) {
      const events: StoredEvent[] = [];
      do {
        const next = await responses.next();
        if (next.done) return;
        const event = await eventIn(source, next.value, from);
        if (event && event.position > position) events.push(event);
      } while (call.readableLength > 0 && events.length < batchSize);
      const last = events.at(-1);
      if (!last) continue;
      position = last.position;
      const gathered = delay(gathering, undefined, { signal }).catch(() => undefined);
      yield events;
      await gathered;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
  }
}

async function eventIn(
  { stored, passed }: SubscriptionSource,
  response: ReadResp,
  from: bigint,
): Promise<StoredEvent | undefined> {
  const checkpoint = response.getCheckpoint();
  if (checkpoint) passed(from, undefined, BigInt(checkpoint.getCommitPosition()));
  const recorded = recordedOf(response);
  const event = recorded && (await stored(recorded));
  if (event && recorded) {
    const { commit } = recorded;
    passed(from, { commit, position: event.position }, commit);
  }
  return event;
}
