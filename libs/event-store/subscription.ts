import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreUnavailableError, StoredEvent } from './event-store';
import { Notices } from './notices';

export interface SubscriptionSource {
  readonly organisation: string;
  readonly after: bigint;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  /** Longest time between two looks, in milliseconds, should a notice be lost. */
  readonly pollInterval: number;
  readonly notices: Notices;
  readonly read: (after: bigint, limit: number) => Promise<StoredEvent[]>;
}

const longestBackOff = 5_000;
/** Least time between two looks, in milliseconds: what is appended meanwhile comes in one batch, not in one each. */
const gathering = 10;

/**
 * Follows an organisation's log: catches up, then waits for a notice or the next look. Positions of an organisation are
 * committed in their order, so "after the last one seen" is all there is to remember.
 */
export async function* follow(source: SubscriptionSource): AsyncGenerator<readonly StoredEvent[], void> {
  const { organisation, notices, signal } = source;
  let position = source.after;
  let backOff = 50;
  while (!signal.aborted) {
    // Taken before the look: an event committed after it makes a notice that is later than this count.
    const seen = notices.count(organisation);
    let pause = source.pollInterval;
    try {
      const events = await source.read(position, source.batchSize);
      backOff = 50;
      const last = events.at(-1);
      if (last) {
        if (signal.aborted) return;
        position = last.position;
        const gathered = delay(gathering, undefined, { signal }).catch(() => undefined);
        yield events;
        if (events.length === source.batchSize) continue;
        // The log was read to its end; of what was committed since there is a notice, later than the one seen.
        await gathered;
      }
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      pause = backOff;
      backOff = Math.min(backOff * 2, longestBackOff);
    }
    await notices.wait(organisation, seen, pause, signal);
  }
}
