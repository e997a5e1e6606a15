import type { StoredEvent } from '@ardoise/event-store';
import type { PoolClient } from 'pg';

/** Something to be told to somebody outside: where it follows from, never what it says. Nothing personal. */
export interface NewEntry {
  readonly destination: string;
  /** Names it for the receiver: the same at every try, and when it is told again. Unique within a destination. */
  readonly key: string;
  /** Entries of one stream go one after the other, in the order of their positions. */
  readonly stream: string;
  /** Position in the log of the event that it follows from. */
  readonly position: bigint;
  /** What it is, in words of the host's. */
  readonly kind: string;
  /** What the host needs to make it when it is delivered: ids. */
  readonly detail: { readonly [name: string]: unknown };
}

export interface OutboxEntry extends NewEntry {
  readonly organisation: string;
  /** Tries before this one. */
  readonly attempts: number;
}

/** What became of one try. Codes are stable and kebab-case; a receiver's own words are never kept. */
export type Delivery =
  | { readonly kind: 'delivered'; readonly status?: number }
  /** To be tried again. */
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly status?: number;
      readonly retryAfterMilliseconds?: number;
    }
  /** Never to be tried again by itself. */
  | { readonly kind: 'refused'; readonly code: string; readonly status?: number }
  /** There is nothing to deliver any more. */
  | { readonly kind: 'void'; readonly code: string };

/** Makes what an entry stands for, and brings it to where it goes. It may be asked for the same entry more than once. */
export interface Courier {
  /** What it rejects with counts as a failure of ours, and not of the receiver. */
  deliver(entry: OutboxEntry, signal: AbortSignal): Promise<Delivery>;
}

/** What follows from a batch of the log. */
export interface Plan {
  readonly entries: readonly NewEntry[];
  /** Done in the transaction that keeps the entries and moves the feed past the batch. */
  readonly also?: (client: PoolClient) => Promise<void>;
}

/** Says what is to be told of events. The same for the same events, whoever asks. */
export interface Planner {
  /** @param feed `liveFeed`, or the name of a replay */
  plan(organisation: string, feed: string, events: readonly StoredEvent[]): Promise<Plan>;
}

/** The feed that follows the log as it grows. */
export const liveFeed = 'live';

/** The same of a channel of its own: feeds of a channel are named `CHANNEL:…`. */
export function liveFeedOf(channel: string): string {
  return `${channel}:${liveFeed}`;
}

export interface Destination {
  readonly organisation: string;
  readonly destination: string;
}
