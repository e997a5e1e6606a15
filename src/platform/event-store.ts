import { ConfigError, type Config } from '@ardoise/config';
import { type EventStore, PostgresEventStore } from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import type { Pool } from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface EventStoreNeeds {
  readonly config: Config;
  /** The database's sessions for the log, and its address: also where the log is elsewhere. */
  readonly pool: Pool;
  readonly url: string;
  /** Told how the connection stands; without it nobody is. */
  readonly metrics?: Registry;
}

/**
 * The log on the engine that the configuration names.
 * @throws ConfigError where the log is on the other one; EventStoreUnavailableError and EventStoreRefusedError that say
 * what to do about it where the engine does not serve
 */
export async function openEventStore({ config, pool, url, metrics }: EventStoreNeeds): Promise<EventStore> {
  const { eventStore } = config;
  if (eventStore.kind === 'postgres') return new PostgresEventStore({ pool, listenUrl: url });
  await mustBeEmpty(pool);
  const store = new EventStoreDBEventStore({ connectionString: eventStore.url });
  try {
    await store.mustServe();
  } catch (error) {
    await store.close();
    throw error;
  }
  if (metrics) show(store, metrics);
  return store;
}

/** One installation has one log: a second one, begun beside the first, would be without everything that came before. */
async function mustBeEmpty(pool: Pool): Promise<void> {
  const { rows } = await pool.query('SELECT FROM log.heads LIMIT 1');
  if (rows.length === 0) return;
  throw new ConfigError(
    'EVENT_STORE is "eventstoredb", and the log of this installation is in PostgreSQL; set EVENT_STORE=postgres',
  );
}

function show(store: EventStoreDBEventStore, metrics: Registry): void {
  const leader = new Gauge({
    name: 'ardoise_event_store_leader',
    help: 'The node of EventStoreDB that answers, which is the leader; no series while there is none',
    labelNames: ['node'],
    registers: [metrics],
    collect: () => {
      const standing = store.standing();
      leader.reset();
      if (standing.leader !== undefined) leader.set({ node: standing.leader }, 1);
    },
  });
  const reconnects = new Counter({
    name: 'ardoise_event_store_reconnects_total',
    help: 'Connections to EventStoreDB that were made after the first',
    registers: [metrics],
    collect: () => {
      reconnects.reset();
      reconnects.inc(store.standing().reconnects);
    },
  });
}
