import type { EventStore } from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';

/** How the log stands, whatever its engine. */
export interface LogStanding {
  readonly engine: 'postgres' | 'eventstoredb';
  /** What a difference of two of its positions counts: events, or half bytes of all that the engine has (ADR 0033). */
  readonly unit: 'events' | 'half-bytes';
  /** Host and port of the node that answers; null while there is none, absent where there are no nodes. */
  readonly leader?: string | null;
  /** How many times another connection was made after the first. */
  readonly reconnects?: number;
}

export function logStanding(store: EventStore): LogStanding {
  if (!(store instanceof EventStoreDBEventStore)) return { engine: 'postgres', unit: 'events' };
  const { leader, reconnects } = store.standing();
  return { engine: 'eventstoredb', unit: 'half-bytes', leader: leader ?? null, reconnects };
}

/** `3 events`, `840 half bytes of the log`: a difference of positions, for people. */
export function distance(count: bigint | number, unit: LogStanding['unit']): string {
  return unit === 'events' ? `${count} event${BigInt(count) === 1n ? '' : 's'}` : `${count} half bytes of the log`;
}
