import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import type { Pool } from 'pg';
import { newAppend, newOrganisation, readAll } from './contract-fixtures';
import { eventStoreMigrations } from './migrations';
import { PostgresEventStore } from './postgres-event-store';
import { administer, partitionsOf, role } from './spec-support/database';

describe('The log in partitions', () => {
  const size = 20;
  let short: TestDatabase;
  const stores: PostgresEventStore[] = [];
  const pools: Pool[] = [];
  const open = () => {
    const own = createPool(short.url, { role, applicationName: 'spec' });
    pools.push(own);
    stores.push(new PostgresEventStore({ pool: own, listenUrl: short.url }));
    return stores.at(-1) as PostgresEventStore;
  };
  beforeAll(async () => {
    short = await createTestDatabase();
    await migrate(short.url, eventStoreMigrations);
    await partitionsOf(short.url, size);
  });
  afterAll(async () => {
    await Promise.all(stores.map((one) => one.close()));
    await Promise.all(pools.map((one) => one.end()));
    await short.drop();
  });
  const partitionsNow = () =>
    administer(short.url, async (client) => {
      const { rows } = await client.query<{ name: string; count: string }>(
        `SELECT c.relname AS name, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM log.%I', c.relname), true, true, '')))[1]::text AS count
           FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'log.events'::regclass ORDER BY c.oid`,
      );
      return rows.map(({ name, count }) => [name, Number(count)]);
    });

  it('grows by partitions while two servers append, and reads across them in order', async () => {
    const [one, other] = [open(), open()];
    const organisation = newOrganisation();
    const streams = Array.from({ length: 10 }, () => newAppend().stream);
    for (let version = 0; version < 6; version++) {
      const outcomes = await Promise.all(
        streams.map((stream, i) =>
          (i % 2 === 0 ? one : other).append(newAppend({ organisation, stream, expectedVersion: version })),
        ),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(streams.map(() => 'appended'));
    }
    const all = await readAll(one, organisation);
    expect(all.map(({ position }) => Number(position))).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    for (const stream of streams) {
      const events = await other.readStream(organisation, stream);
      expect(events.map(({ version }) => version)).toEqual([0, 1, 2, 3, 4, 5]);
    }
    expect((await one.readLeaves(organisation, 15n, 20)).map(({ position }) => Number(position))).toEqual(
      Array.from({ length: 20 }, (_, i) => 16 + i),
    );
    expect(await partitionsNow()).toEqual([
      ['events_1', size],
      ['events_2', size],
      ['events_3', size],
    ]);
  });

  it('reads only where a position can lie, by the key alone', async () => {
    await administer(short.url, async (client) => {
      await client.query('SET plan_cache_mode = force_generic_plan');
      await client.query(
        'PREPARE page(text, bigint) AS SELECT position FROM log.events WHERE organisation = $1 AND position > $2 ORDER BY position LIMIT 5',
      );
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE page('x', 45)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Subplans Removed: 2/);
      expect(plan).not.toMatch(/Seq Scan|Sort/);
    });
  });

  it('makes each partition append-only, without statistics of bytes, and closed to the role by itself', async () => {
    const [own] = pools as [Pool];
    for (const change of ['DELETE FROM log.events_2', 'TRUNCATE log.events_3', 'UPDATE log.events_2 SET version = 1']) {
      await expect(administer(short.url, (client) => client.query(change))).rejects.toThrow(/append-only/);
    }
    for (const table of ['events_1', 'events_2']) {
      await expect(own.query(`SELECT FROM log.${table}`)).rejects.toThrow(/permission denied/);
    }
    const { rows } = await own.query(
      `SELECT a.attname, a.attstattarget, a.attstorage FROM pg_attribute a
        WHERE a.attrelid = 'log.events_3'::regclass AND a.attname IN ('header', 'sections', 'leaf') ORDER BY 1`,
    );
    expect(rows).toEqual([
      { attname: 'header', attstattarget: 0, attstorage: 'e' },
      { attname: 'leaf', attstattarget: 0, attstorage: 'p' },
      { attname: 'sections', attstattarget: 0, attstorage: 'e' },
    ]);
  });

  it('takes what was written before there were partitions as the first one, with who may read it', async () => {
    const old = await createTestDatabase();
    try {
      await migrate(
        old.url,
        eventStoreMigrations.filter(({ id }) => id < 'log-006'),
      );
      const own = createPool(old.url, { role, applicationName: 'spec' });
      const before = new PostgresEventStore({ pool: own, listenUrl: old.url });
      const organisation = newOrganisation();
      for (let i = 0; i < 5; i++) await before.append(newAppend({ organisation }));
      const stored = await readAll(before, organisation);
      await administer(old.url, (client) =>
        client.query(
          'GRANT USAGE ON SCHEMA log TO ardoise_ledger; GRANT SELECT (organisation, position, header) ON log.events TO ardoise_ledger',
        ),
      );
      await migrate(old.url, eventStoreMigrations);
      expect(await readAll(before, organisation)).toEqual(stored);
      await before.append(newAppend({ organisation }));
      expect(await readAll(before, organisation)).toHaveLength(6);
      await before.close();
      await own.end();
      const ledger = createPool(old.url, { role: 'ardoise_ledger', applicationName: 'spec' });
      expect((await ledger.query('SELECT header FROM log.events')).rows).toHaveLength(6);
      await expect(ledger.query('SELECT sections FROM log.events')).rejects.toThrow(/permission denied/);
      await expect(ledger.query('SELECT header FROM log.events_1')).rejects.toThrow(/permission denied/);
      await ledger.end();
    } finally {
      await old.drop();
    }
  });
});
