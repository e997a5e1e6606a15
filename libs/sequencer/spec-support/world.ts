import { generateKeyPairSync, sign } from 'node:crypto';
import { eventStoreMigrations, PostgresEventStore, type Append } from '@ardoise/event-store';
import { randomBytes, randomId } from '@ardoise/format';
import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { type LedgerKeys, signingKeyId } from '@ardoise/signing';
import { createTestDatabase, SettableClock } from '@ardoise/testing';
import type { Pool, QueryResultRow } from 'pg';
import { Registry } from 'prom-client';
import { Ledger } from '../ledger';
import { ledgerMigrations } from '../migrations';
import { Sequencer, type SequencerOptions } from '../sequencer';

export const originBase = 'ledger.example/spec';

/** A log and its ledger in a database of their own. */
export interface World {
  readonly url: string;
  readonly store: PostgresEventStore;
  readonly ledger: Ledger;
  /** Sessions of the role ardoise_ledger. */
  readonly pool: Pool;
  readonly clock: SettableClock;
  readonly keys: LedgerKeys;
  /** Runs a statement as the schema's owner. */
  sql<Row extends QueryResultRow = QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Another sequencer, as another process would have; quick, and with connections of its own. It is stopped at the end. */
  sequencer(options?: Partial<SequencerOptions>): Sequencer;
  /** Appends events, each to a stream of its own; gives the organisation's last position. */
  append(organisation: string, count: number): Promise<bigint>;
  close(): Promise<void>;
}

/** Keys that live as long as the spec. */
export function memoryKeys(): LedgerKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const id = signingKeyId(pem);
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    signing: async () => [{ id, publicKey: pem, sign: async (bytes) => sign(null, bytes, privateKey) }],
    published: async () => [{ id, publicKey: raw, since: '2026-11-22T10:00:00Z' }],
  };
}

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  const { url } = database;
  await migrate(url, [...eventStoreMigrations, ...ledgerMigrations]);
  const logPool = createPool(url, { role: 'ardoise_log', applicationName: 'spec log' });
  const pool = createPool(url, { role: 'ardoise_ledger', max: 3, applicationName: 'spec ledger' });
  const owner = createPool(url, { applicationName: 'spec owner', max: 2 });
  const store = new PostgresEventStore({ pool: logPool, listenUrl: url });
  const ledger = new Ledger({ pool, store });
  const clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  const keys = memoryKeys();
  const sequencers: Sequencer[] = [];
  const pools: Pool[] = [logPool, pool, owner];
  return {
    url,
    store,
    ledger,
    pool,
    clock,
    keys,
    sql: async (statement, values) => (await owner.query(statement, values)).rows,
    sequencer(options = {}) {
      const own = createPool(url, { role: 'ardoise_ledger', max: 3, applicationName: 'spec sequencer' });
      pools.push(own);
      const sequencer = new Sequencer({
        ledger: new Ledger({ pool: own, store }),
        store,
        pool: own,
        keys,
        ledgerOriginBase: originBase,
        clock,
        metrics: new Registry(),
        log: silentLog,
        checkpointMilliseconds: 20,
        pollMilliseconds: 20,
        delays: [20],
        ...options,
      });
      sequencers.push(sequencer);
      return sequencer;
    },
    async append(organisation, count) {
      for (let left = count; left > 0; left -= 1_000) {
        await Promise.all(Array.from({ length: Math.min(left, 1_000) }, () => store.append(someAppend(organisation))));
      }
      return store.head(organisation);
    },
    async close() {
      await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
      await store.close();
      await Promise.all(pools.map((one) => one.end()));
      await database.drop();
    },
  };
}

export function someAppend(organisation: string): Append {
  const events = [{ header: randomBytes(200), sections: randomBytes(50), command: randomBytes(32) }];
  return { organisation, stream: `spec-${randomId()}`, expectedVersion: 0, events };
}

/** An organisation that no other test knows. */
export function newOrganisation(): string {
  return `o${randomId()}`;
}
