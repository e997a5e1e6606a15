import { ConfigError, type Config } from '@ardoise/config';
import { type EventStore, PostgresEventStore } from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import { gaugeIn } from '@ardoise/lanes';
import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

export interface EventStoreNeeds {
  readonly config: Config;
  /** The database's sessions for the log, and its address: also where the log is elsewhere. */
  readonly pool: Pool;
  readonly url: string;
  /** Told how the connection stands; without it nobody is. */
  readonly metrics?: Registry;
}

/** The log on the engine that the configuration names. @throws ConfigError where the log is on the other one */
export async function openEventStore({ config, pool, url, metrics }: EventStoreNeeds): Promise<EventStore> {
  const { eventStore } = config;
  if (eventStore.kind === 'postgres') return new PostgresEventStore({ pool, listenUrl: url });
  await mustBeEmpty(pool);
  const store = new EventStoreDBEventStore({ connectionString: eventStore.url });
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
    help: 'The node of EventStoreDB that is spoken to; no series while there is none',
    labelNames: ['node'],
    registers: [metrics],
    collect: async () => {
      const standing = await store.standing();
      leader.reset();
      if (standing.leader !== undefined) leader.set({ node: standing.leader }, 1);
      reconnects.set({}, standing.reconnects);
    },
  });
  const name = 'ardoise_event_store_reconnects';
  const reconnects = gaugeIn(metrics, name, 'How often another connection to EventStoreDB was made', []);
}
