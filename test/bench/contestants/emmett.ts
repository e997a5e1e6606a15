import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createPool } from '@ardoise/postgres';
import type { Pool } from 'pg';
import { clearPayload, newStream, type BenchStream } from '../payload';
import { callers, type Contestant } from '../rounds';
import { turns } from './ardoise';

/** As much of Emmett's event store as is used here: it is installed for the benchmark alone. */
interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly { readonly type: string; readonly data: object }[],
    options: { readonly expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<{ readonly nextExpectedStreamVersion: bigint }>;
  readonly schema: { migrate(): Promise<unknown> };
  close(): Promise<void>;
}

interface EmmettModule {
  readonly getPostgreSQLEventStore: (
    url: string,
    options: { schema: { autoMigration: 'None' | 'CreateOrUpdate' }; connectionOptions: { pool: Pool } },
  ) => EmmettStore;
}

export interface Emmett {
  readonly version: string;
  streams(count: number): Promise<BenchStream[]>;
  readonly appends: (name: string, streams: readonly BenchStream[], count: number) => Contestant;
  close(): Promise<void>;
}

const packageFile = join(__dirname, '../node_modules/@event-driven-io/emmett-postgresql/package.json');

const leavesOut =
  'no sealing, no commitments; positions from a sequence, which readers can see out of order; no idempotency by command';

export async function openEmmett(url: string): Promise<Emmett> {
  // By a path that the compiler does not follow: without the benchmark's own packages the project still compiles.
  const { getPostgreSQLEventStore } = createRequire(__filename)('@event-driven-io/emmett-postgresql') as EmmettModule;
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const pool = createPool(url, { applicationName: 'bench emmett', max: 16 });
  const connectionOptions = { pool };
  const store = getPostgreSQLEventStore(url, { schema: { autoMigration: 'CreateOrUpdate' }, connectionOptions });
  await store.schema.migrate();
  const append = async (to: BenchStream): Promise<void> => {
    const expectedStreamVersion = to.version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(to.version);
    const events = [{ type: 'module-timed', data: clearPayload(to) }];
    const { nextExpectedStreamVersion } = await store.appendToStream(to.stream, events, { expectedStreamVersion });
    to.version = Number(nextExpectedStreamVersion);
  };
  return {
    version,
    async streams(count) {
      const streams = Array.from({ length: count }, newStream);
      for (const stream of streams) await append(stream);
      return streams;
    },
    appends: (name, streams, count) => ({
      name,
      leavesOut,
      run: (over) => {
        const next = turns(streams, count);
        return callers(count, over, async (caller) => {
          await append(next(caller));
          return 1;
        });
      },
    }),
    async close() {
      await store.close();
      await pool.end().catch(() => undefined);
    },
  };
}
