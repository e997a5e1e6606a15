import { createRequire } from 'node:module';
import { createPool } from '@ardoise/postgres';
import type { Pool } from 'pg';
import { clearPayload, newStream, type BenchStream } from '../payload';
import type { Subject } from './subject';

/** As much of Emmett's event store as is used here: it is installed for the benchmark alone. */
interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly { readonly type: string; readonly data: object }[],
    options: { readonly expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<{ readonly nextExpectedStreamVersion: bigint }>;
  readStream(stream: string): Promise<{ readonly events: readonly unknown[] }>;
  readonly schema: { migrate(): Promise<unknown> };
  close(): Promise<void>;
}

interface Executor {
  close(): Promise<void>;
}

interface EmmettModule {
  readonly getPostgreSQLEventStore: (
    url: string,
    options: { schema: { autoMigration: 'None' | 'CreateOrUpdate' }; connectionOptions: { pool: Pool } },
  ) => EmmettStore;
  readonly readMessagesBatch: (
    execute: unknown,
    options: { after: bigint; batchSize: number },
  ) => Promise<{ readonly messages: readonly unknown[]; readonly currentGlobalPosition: bigint }>;
}

interface DumboModule {
  readonly dumbo: (options: { connectionString: string }) => Executor & { readonly execute: unknown };
}

const page = 1_000;

export async function openEmmett(url: string): Promise<Subject> {
  // By a path that the compiler does not follow: without the benchmark's own packages the project still compiles.
  const load = createRequire(__filename);
  const emmett = load('@event-driven-io/emmett-postgresql') as EmmettModule;
  const { dumbo } = load('@event-driven-io/dumbo') as DumboModule;
  const pool = createPool(url, { applicationName: 'bench emmett', max: 16 });
  const connectionOptions = { pool };
  const store = emmett.getPostgreSQLEventStore(url, {
    schema: { autoMigration: 'CreateOrUpdate' },
    connectionOptions,
  });
  await store.schema.migrate();
  const reader = dumbo({ connectionString: url });
  const append = async (to: BenchStream, count: number): Promise<boolean> => {
    const expectedStreamVersion = to.version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(to.version);
    const events = Array.from({ length: count }, () => ({ type: 'module-timed', data: clearPayload(to) }));
    try {
      const { nextExpectedStreamVersion } = await store.appendToStream(to.stream, events, { expectedStreamVersion });
      to.version = Number(nextExpectedStreamVersion);
      return true;
    } catch (error) {
      if ((error as Error).name.includes('Version') || (error as Error).message.includes('version')) return false;
      throw error;
    }
  };
  return {
    name: 'Emmett',
    leavesOut:
      'no sealing, no commitments; positions from a sequence, which readers can see out of order; no idempotency by command',
    append,
    async streams(count, events = 1) {
      const streams = Array.from({ length: count }, newStream);
      for (const stream of streams) await append(stream, events);
      return streams;
    },
    readStream: async ({ stream }) => (await store.readStream(stream)).events.length,
    async readLog(over) {
      let after = 0n;
      let count = 0;
      for (;;) {
        const batch = await emmett.readMessagesBatch(reader.execute, { after, batchSize: page });
        count += batch.messages.length;
        if (batch.messages.length < page || over()) return count;
        after = batch.currentGlobalPosition;
      }
    },
    async close() {
      await reader.close();
      await store.close();
      await pool.end().catch(() => undefined);
    },
  };
}
