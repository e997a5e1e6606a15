import { ConfigError, type Config } from '@ardoise/config';
import { type EventStore, LogMovedError, PostgresEventStore } from '@ardoise/event-store';
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
 * @throws ConfigError where the log is on the other one, or is being moved; EventStoreUnavailableError and EventStoreRefusedError that say
 * what to do about it where the engine does not serve
 */
export async function openEventStore({ config, pool, url, metrics }: EventStoreNeeds): Promise<EventStore> {
  const { eventStore } = config;
  const here = await standingOf(pool);
  if (eventStore.kind === 'postgres') {
    if (here === 'left') throw new ConfigError(movedTo('postgres', 'EventStoreDB', 'eventstoredb'));
    return new PostgresEventStore({ pool, listenUrl: url });
  }
  // One installation has one log: a second one, begun beside the first, would be without everything that came before.
  if (here === 'open') {
    throw new ConfigError(
      'EVENT_STORE is "eventstoredb", and the log of this installation is in PostgreSQL; set EVENT_STORE=postgres, ' +
        'or move it by `ardoise log copy`',
    );
  }
  const store = new EventStoreDBEventStore({ connectionString: eventStore.url });
  try {
    await store.mustServe();
    await store.mustBeOpen();
  } catch (error) {
    await store.close();
    if (error instanceof LogMovedError) throw new ConfigError(movedTo('eventstoredb', 'PostgreSQL', 'postgres'));
    throw error;
  }
  if (metrics) show(store, metrics);
  return store;
}

function movedTo(here: string, there: string, setting: string): string {
  return (
    `EVENT_STORE is "${here}", and the log of this installation was moved to ${there}, or is being moved; ` +
    `set EVENT_STORE=${setting} once \`ardoise log copy\` has ended`
  );
}

/** What the database says of the log in it: that there is none, that it goes on here, or elsewhere. */
async function standingOf(pool: Pool): Promise<'none' | 'open' | 'left'> {
  const { rows } = await pool.query<{ left: boolean | null }>(
    'SELECT bool_or(left_for IS NOT NULL) AS left FROM log.heads',
  );
  const left = rows[0]?.left ?? null;
  if (left === null) return 'none';
  return left ? 'left' : 'open';
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
