import { createTestDatabase, TestDatabase } from '@ardoise/testing';
import { Pool, type QueryConfig } from 'pg';
import {
  createPool,
  ensureRoles,
  inRounds,
  inTransaction,
  migrate,
  MissingRolesError,
  NotCommittedError,
  together,
} from '.';

describe('Migrations, roles and transactions', () => {
  let database: TestDatabase;
  let pool: Pool;
  const first = { id: 'spec-001', statements: 'CREATE TABLE things (thing int); INSERT INTO things VALUES (1);' };

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { applicationName: 'spec' });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  const count = async () => (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM things')).rows[0]?.n;

  it('are applied once, also by servers that start at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, [first])));
    expect(await count()).toBe(1);
  });

  it('are refused when they changed after they were applied', async () => {
    const changed = { ...first, statements: first.statements + ' ' };
    await expect(migrate(database.url, [changed])).rejects.toThrow(/spec-001 differs/);
  });

  it('leave nothing behind when they fail', async () => {
    const bad = { id: 'spec-002', statements: 'INSERT INTO things VALUES (2); SELECT 1/0;' };
    await expect(migrate(database.url, [first, bad])).rejects.toThrow(/spec-002 failed: division by zero/);
    expect(await count()).toBe(1);
  });

  it('give roles that a pool runs under', async () => {
    const reader = createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' });
    expect((await reader.query('SELECT current_user::text AS me')).rows).toEqual([{ me: 'ardoise_read' }]);
    await expect(reader.query('TABLE things')).rejects.toThrow(/permission denied/);
    await reader.end();
  });

  it('tell what an administrator must run when the user may not make roles', async () => {
    await pool.query(`DROP ROLE IF EXISTS spec_nobody; CREATE ROLE spec_nobody LOGIN PASSWORD 'spec'`);
    const url = new URL(database.url);
    url.username = 'spec_nobody';
    url.password = 'spec';
    const other = createPool(url.href, { applicationName: 'spec' });
    const client = await other.connect();
    await expect(ensureRoles(client)).rejects.toThrow(MissingRolesError);
    await expect(ensureRoles(client)).rejects.toThrow(/GRANT ardoise_log TO spec_nobody/);
    client.release();
    await other.end();
    await pool.query('DROP ROLE spec_nobody');
  });

  it('roll a failed transaction back and keep a good one', async () => {
    const failing = inTransaction(pool, async (client) => {
      await client.query('INSERT INTO things VALUES (3)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await inTransaction(pool, (client) => client.query('INSERT INTO things VALUES (4)'), { isolation: 'serializable' });
    expect(await count()).toBe(2);
  });

  it('keep what was sent in one round with its commit', async () => {
    const before = await inRounds(pool, async ({ client, begun, commit }) => {
      const [, { rows }] = await together([
        begun,
        client.query<{ n: number }>('SELECT count(*)::int AS n FROM things'),
      ]);
      const texts = ['INSERT INTO things VALUES (5)', 'INSERT INTO things VALUES (6)'];
      await commit(texts.map((text) => client.query(text)));
      return rows[0]?.n as number;
    });
    expect(await count()).toBe(before + 2);
  });

  it('keep nothing of a round in which a statement fails, and tell of that one', async () => {
    const one = createPool(database.url, { applicationName: 'spec', max: 1 });
    const before = await count();
    const failing = inRounds(one, async ({ client, begun, commit }) => {
      await begun;
      const texts = ['INSERT INTO things VALUES (7)', 'SELECT 1/0', 'INSERT INTO things VALUES (8)'];
      await commit(texts.map((text) => client.query(text)));
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await count()).toBe(before);
    expect((await one.query('SELECT now() = statement_timestamp() AS outside')).rows).toEqual([{ outside: true }]);
    await one.end();
  });

  it('keep nothing of a round of which a statement cannot be sent, and prepare it the next time', async () => {
    const one = createPool(database.url, { applicationName: 'spec', max: 1 });
    const before = await count();
    const insert = (value: unknown): QueryConfig => ({
      name: 'insert-thing',
      text: 'INSERT INTO things VALUES ($1)',
      values: [value],
    });
    const unwritable = {
      toPostgres(): never {
        throw new Error('cannot be written');
      },
    };
    const round = (...values: unknown[]): Promise<void> =>
      inRounds(one, async ({ client, begun, commit }) => {
        await begun;
        await commit(
          values.map((value) => client.query(value === 9 ? 'INSERT INTO things VALUES (9)' : insert(value))),
        );
      });
    await expect(round(9, unwritable)).rejects.toThrow('cannot be written');
    expect(await count()).toBe(before);
    await round(10).catch(() => round(10));
    expect(await count()).toBe(Number(before) + 1);
    await one.end();
  });

  it('do not pass for committed when a failure in them was not passed on', async () => {
    const failing = inTransaction(pool, (client) => client.query('SELECT 1/0').catch(() => undefined));
    await expect(failing).rejects.toThrow(NotCommittedError);
  });
});
