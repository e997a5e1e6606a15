import type { EventStore } from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import type { Ledger } from '@ardoise/sequencer';

/**
 * What a difference of two positions counts: events, where they are numbered without a gap; positions, where the log came
 * back from EventStoreDB with those that it had there (ADR 0035); or half bytes of all that EventStoreDB has (ADR 0033).
 */
export type PositionUnit = 'events' | 'positions' | 'half-bytes';

/** How the log stands, whatever its engine. */
export interface LogStanding {
  readonly engine: 'postgres' | 'eventstoredb';
  readonly unit: PositionUnit;
  /** Host and port of the node that answers; null while there is none, absent where there are no nodes. */
  readonly leader?: string | null;
  /** How many times another connection was made after the first. */
  readonly reconnects?: number;
}

export function logStanding({ store, unit }: { readonly store: EventStore; readonly unit: PositionUnit }): LogStanding {
  if (!(store instanceof EventStoreDBEventStore)) return { engine: 'postgres', unit };
  const { leader, reconnects } = store.standing();
  return { engine: 'eventstoredb', unit, leader: leader ?? null, reconnects };
}

/** A log gets gaps by a move only, after which every process is started anew: asked once. */
export async function unitOf(
  store: EventStore,
  ledger: Pick<Ledger, 'organisations' | 'trees' | 'newestOf'>,
): Promise<PositionUnit> {
  if (store instanceof EventStoreDBEventStore) return 'half-bytes';
  for (const organisation of await ledger.organisations()) {
    for (const tree of await ledger.trees(organisation)) {
      const newest = await ledger.newestOf(tree);
      if (newest && newest.position - tree.after !== BigInt(newest.size)) return 'positions';
    }
  }
  return 'events';
}

const names = { events: 'events', positions: 'positions of the log', 'half-bytes': 'half bytes of the log' } as const;

/** `events`, `half bytes of the log`: what is counted, for people. */
export function unitName(unit: PositionUnit): string {
  return names[unit];
}

/** `3 events`, `840 half bytes of the log`: a difference of positions, for people. */
export function distance(count: bigint | number, unit: PositionUnit): string {
  const name = BigInt(count) === 1n ? names[unit].replace(/^(event|position)s/, '$1') : names[unit];
  return `${count} ${name}`;
}
