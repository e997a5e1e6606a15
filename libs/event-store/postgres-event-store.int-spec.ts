import { join } from 'node:path';
import { createPool, migrate } from '@ardoise/postgres';
import {
  createTestDatabase,
  forkTypeScript,
  messageFrom,
  startTestServer,
  TestDatabase,
  TestServer,
} from '@ardoise/testing';
import { Pool } from 'pg';
import { appendTogether } from './append.sql';
import { ContractSubject, eventStoreContract, FaultHooks } from './contract';
import { newAppend, newEvent, newOrganisation, readAll } from './contract-fixtures';
import { Append, AppendOutcome } from './event-store';
import { eventStoreMigrations } from './migrations';
import { PostgresEventStore } from './postgres-event-store';
import { administer, partitionsOf, role } from './spec-support/database';

/** Stores on one database, with what it takes to harm them. */
function subjectOn(url: string, dispose: () => Promise<void>, server?: TestServer): ContractSubject {
  const pools: Pool[] = [];
  const open = () => {
    const pool = createPool(url, { role, applicationName: 'contract store' });
    pools.push(pool);
    return new PostgresEventStore({ pool, listenUrl: url });
  };
  const faults: Partial<FaultHooks> = {
    holdAppend: async (append) => {
      const pool = createPool(url, { role, max: 1, applicationName: 'contract holder' });
      await pool.query('BEGIN');
      await appendTogether(pool, [append]);
      return { commit: () => pool.query('COMMIT').then(() => pool.end()) };
    },
    cutConnections: () =>
      administer(url, async (client) => {
        await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name IN ('contract store', 'ardoise notices')`);
      }),
    appendElsewhere: async (append: Append) => {
      const child = forkTypeScript(join(__dirname, 'contract-process.ts'));
      const answer = messageFrom<AppendOutcome>(child);
      child.send({ url, append: JSON.stringify(append) });
      return answer;
    },
  };
  if (server) {
    faults.crash = async (meanwhile) => {
      server.crash();
      await meanwhile();
      await server.start();
    };
  }
  const end = async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await dispose();
  };
  return { open, dispose: end, faults };
}

eventStoreContract(
  'PostgreSQL',
  async () => {
    const database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    return subjectOn(database.url, () => database.drop());
  },
  ['holdAppend', 'cutConnections', 'appendElsewhere'],
);

eventStoreContract(
  'a durable PostgreSQL that crashes',
  async () => {
    const server = await startTestServer();
    await migrate(server.url, eventStoreMigrations);
    return subjectOn(server.url, () => server.remove(), server);
  },
  ['holdAppend', 'crash'],
);

eventStoreContract(
  'PostgreSQL with short partitions',
  async () => {
    const database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    await partitionsOf(database.url, 60);
    return subjectOn(database.url, () => database.drop());
  },
  ['cutConnections', 'appendElsewhere'],
);

describe('The log on PostgreSQL', () => {
  let database: TestDatabase;
  let url: string;
  let pool: Pool;
  let store: PostgresEventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ url } = database);
    await migrate(url, eventStoreMigrations);
    pool = createPool(url, { role, applicationName: 'spec' });
    store = new PostgresEventStore({ pool, listenUrl: url });
  });
  afterAll(async () => {
    await store.close();
    await pool.end();
    await database.drop();
  });

  it('gives positions from 1 without a gap, also after conflicts and failures', async () => {
    const organisation = newOrganisation();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => store.append(newAppend({ organisation, expectedVersion: i % 3 }))),
    );
    await expect(appendTogether(pool, [badAppend(organisation)])).rejects.toThrow();
    await store.append(newAppend({ organisation, events: [newEvent(), newEvent()] }));
    const positions = (await readAll(store, organisation)).map(({ position }) => Number(position));
    expect(positions).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  // What our own checks let pass and the database refuses: the batch fails as a whole, the neighbours do not.
  it('lets one bad append fail alone', async () => {
    const organisation = newOrganisation();
    const bad = badAppend(organisation);
    const unchecked = new PostgresEventStore({ pool, listenUrl: url });
    const good = Array.from({ length: 5 }, () => newAppend({ organisation }));
    // A getter that answers well once gets past the check and fails in the database.
    const looks = [{ ...newEvent() }, ...bad.events];
    const sly = { ...bad, events: [Object.defineProperty({ ...newEvent() }, 'command', { get: slyly(looks) })] };
    const outcomes = await Promise.allSettled(
      [...good.slice(0, 3), sly, ...good.slice(3)].map((a) => unchecked.append(a)),
    );
    await unchecked.close();
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    expect(await readAll(store, organisation)).toHaveLength(5);
  });

  it('leaves no empty stream behind', async () => {
    const organisation = newOrganisation();
    await store.append(newAppend({ organisation, expectedVersion: 4 }));
    await appendTogether(pool, [badAppend(organisation)]).catch(() => undefined);
    expect((await pool.query('SELECT FROM log.streams WHERE organisation = $1', [organisation])).rowCount).toBe(0);
  });

  it('is closed to its role but for appending and reading, and append-only for its owner', async () => {
    await store.append(newAppend());
    for (const table of ['events', 'commands', 'streams', 'heads']) {
      const changes = [
        `UPDATE log.${table} SET organisation = 'x'`,
        `DELETE FROM log.${table}`,
        `TRUNCATE log.${table}`,
      ];
      for (const change of [...changes, `INSERT INTO log.${table} DEFAULT VALUES`]) {
        await expect(pool.query(change)).rejects.toThrow(/permission denied/);
      }
      for (const change of changes) {
        await expect(administer(url, (client) => client.query(change))).rejects.toThrow(/append-only/);
      }
    }
    const back = 'UPDATE log.streams SET version = version - 1';
    await expect(administer(url, (client) => client.query(back))).rejects.toThrow(/append-only/);
  });

  it('keeps no statistics of bytes', async () => {
    await administer(url, async (client) => {
      await client.query('ANALYZE log.events, log.commands');
      const { rows } = await client.query(`SELECT attname FROM pg_stats WHERE schemaname = 'log'
        AND attname IN ('header', 'sections', 'leaf', 'command')`);
      expect(rows).toEqual([]);
    });
  });

  it('refuses to work once it is closed', async () => {
    const closed = new PostgresEventStore({ pool, listenUrl: url });
    const last = closed.append(newAppend());
    await closed.close();
    expect((await last).kind).toBe('appended');
    await expect(closed.append(newAppend())).rejects.toThrow(/closed/);
  });
});

/** A command that is too short: refused by the table. */
function badAppend(organisation: string): Append {
  return newAppend({ organisation, events: [newEvent({ command: Buffer.alloc(31) })] });
}

function slyly(events: readonly { command: Buffer }[]): () => Buffer {
  let looks = 0;
  return () => (events[looks++ === 0 ? 0 : 1] as { command: Buffer }).command;
}
