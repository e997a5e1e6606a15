import { createRequire } from 'node:module';
import { clearPayload, newStream, type BenchStream } from '../payload';
import type { Subject } from './subject';

interface Event {
  readonly aggregateId: string;
  readonly version: number;
  readonly type: string;
  readonly payload: object;
}

interface Context {
  readonly eventStoreId: string;
}

interface GroupedEvent {
  context?: Context;
}

/** As much of Castore's adapter as is used here: it is installed for the benchmark alone. */
interface Adapter {
  pushEvent(event: Event, context: Context): Promise<unknown>;
  groupEvent(event: Event): GroupedEvent;
  pushEventGroup(options: object, ...events: GroupedEvent[]): Promise<unknown>;
  getEvents(aggregate: string, context: Context): Promise<{ readonly events: readonly unknown[] }>;
  readonly _sql: { end(): Promise<void> };
}

interface Module {
  readonly PostgresEventStorageAdapter: {
    new (options: { connectionString: string }): Adapter;
    createEventTable(options: { connectionString: string; aggregateId: object }): Promise<unknown>;
  };
}

const context: Context = { eventStoreId: 'learning' };

/** Castore's PostgreSQL adapter, with the connections that it takes by itself: ten, on which requests go on together. */
export async function openCastore(url: string): Promise<Subject> {
  const { PostgresEventStorageAdapter } = createRequire(__filename)(
    '@castore/event-storage-adapter-postgres',
  ) as Module;
  await PostgresEventStorageAdapter.createEventTable({
    connectionString: url,
    aggregateId: { type: 'VARCHAR', length: 64 },
  });
  const adapter = new PostgresEventStorageAdapter({ connectionString: url });
  const append = async (to: BenchStream, events: number): Promise<boolean> => {
    const made = Array.from({ length: events }, (_, index) => eventOf(to, to.version + 1 + index));
    try {
      if (made.length === 1) await adapter.pushEvent(made[0] as Event, context);
      else
        await adapter.pushEventGroup({}, ...made.map((event) => Object.assign(adapter.groupEvent(event), { context })));
    } catch (error) {
      if ((error as { code?: string }).code === 'EventAlreadyExistsError') return false;
      throw error;
    }
    to.version += events;
    return true;
  };
  return {
    name: 'Castore',
    leavesOut:
      'no sealing, no commitments; no order over streams, so no reading of the whole log; a version beyond the ' +
      'next is taken as well; no idempotency by command',
    append,
    async streams(count, events = 1) {
      const streams = Array.from({ length: count }, newStream);
      for (const stream of streams) await append(stream, events);
      return streams;
    },
    readStream: async ({ stream }) => (await adapter.getEvents(stream, context)).events.length,
    close: () => adapter._sql.end(),
  };
}

function eventOf(to: BenchStream, version: number): Event {
  return { aggregateId: to.stream, version, type: 'module-timed', payload: clearPayload(to) };
}
