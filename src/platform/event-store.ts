import { ConfigError, type Config } from '@ardoise/config';
import {
  type EngineName,
  type EventStore,
  LogMovedError,
  PostgresEventStore,
  readEngine,
  rememberEngine,
} from '@ardoise/event-store';
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
 * @throws ConfigError where the records are on the other one, or are being moved; EventStoreUnavailableError and EventStoreRefusedError
 * that say what to do about it where the engine does not serve
 */
export async function openEventStore({ config, pool, url, metrics }: EventStoreNeeds): Promise<EventStore> {
  const { eventStore } = config;
  mustBeHere(eventStore.kind, await standingOf(pool), await readEngine(pool));
  if (eventStore.kind === 'postgres') return new PostgresEventStore({ pool, listenUrl: url });
  const store = new EventStoreDBEventStore({ connectionString: eventStore.url });
  try {
    await store.mustServe();
    await store.mustBeOpen();
    await mustHaveRecords(store, pool);
  } catch (error) {
    await store.close();
    if (error instanceof LogMovedError) throw new ConfigError(movedTo('eventstoredb'));
    throw error;
  }
  if (metrics) show(store, metrics);
  return store;
}

/**
 * Remembers in the database, which is the same whatever the engine, where the records are: as soon as there are some.
 * @throws ConfigError where another process began on the other engine meanwhile
 */
export async function rememberWhereRecordsAre(store: EventStore, { config, pool }: RecordsNeeds): Promise<void> {
  const { kind } = config.eventStore;
  if ((await readEngine(pool)) === kind || (await store.organisations()).length === 0) return;
  if ((await rememberEngine(pool, kind)) !== kind) throw new ConfigError(recordsOn(other[kind].setting));
}

type RecordsNeeds = Pick<EventStoreNeeds, 'config' | 'pool'>;
type Standing = 'none' | 'open' | 'left';

const other = {
  postgres: { name: 'EventStoreDB', setting: 'eventstoredb' },
  eventstoredb: { name: 'PostgreSQL', setting: 'postgres' },
} as const;

/** One installation has one log: a second one, begun beside the first, would be without everything that came before. */
function mustBeHere(kind: EngineName, inPostgres: Standing, remembered: EngineName | undefined): void {
  const isLeft = inPostgres === 'left';
  if (kind === 'postgres' && isLeft) throw new ConfigError(movedTo('postgres'));
  if (kind === 'eventstoredb' && isLeft && remembered === 'postgres') throw new ConfigError(movedTo('eventstoredb'));
  if (kind === 'eventstoredb' && inPostgres === 'open') throw new ConfigError(recordsOn('postgres'));
  if (remembered !== undefined && remembered !== kind) throw new ConfigError(recordsOn(remembered));
}

/** There are records by what is remembered: one without any is another one. */
async function mustHaveRecords(store: EventStore, pool: Pool): Promise<void> {
  if ((await readEngine(pool)) === undefined || (await store.organisations()).length > 0) return;
  throw new ConfigError(
    'EVENTSTORE_URL names an EventStoreDB without any record, and this installation has its records on EventStoreDB; ' +
      'set it to the one that has them',
  );
}

function recordsOn(there: EngineName): string {
  const [here, name] = there === 'postgres' ? ['eventstoredb', 'PostgreSQL'] : ['postgres', 'EventStoreDB'];
  const setting = there === 'postgres' ? 'EVENT_STORE=postgres' : 'EVENT_STORE=eventstoredb and EVENTSTORE_URL';
  return (
    `EVENT_STORE is "${here}", and the records of this installation are on ${name}; set ${setting}, ` +
    `or move them by \`ardoise log copy --from ${there} --to ${here}\``
  );
}

function movedTo(here: EngineName): string {
  const { name, setting } = other[here];
  return (
    `EVENT_STORE is "${here}", and the log of this installation was moved to ${name}, or is being moved; ` +
    `set EVENT_STORE=${setting} once \`ardoise log copy\` has ended`
  );
}

/** What the database says of the log in it: that there is none, that it goes on here, or elsewhere. */
async function standingOf(pool: Pool): Promise<Standing> {
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
