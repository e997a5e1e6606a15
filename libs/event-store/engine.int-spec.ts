import { createClient, createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { moveEngine, readEngine, rememberEngine } from './engine.sql';
import { eventStoreMigrations } from './migrations';

describe('where the records of an installation are', () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;
  let owner: ReturnType<typeof createClient>;

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations.slice(0, -1));
    pool = createPool(database.url, { role: 'ardoise_log', applicationName: 'spec' });
    owner = createClient(database.url, { applicationName: 'owner' });
    await owner.connect();
  });
  afterEach(async () => {
    await owner.end();
    await pool.end();
    await database.drop();
  });
  const upgrade = () => migrate(database.url, eventStoreMigrations);
  const head = (mark: string) => owner.query(`INSERT INTO log.heads VALUES ('mira', 7, ${mark})`);
  const ledger = () =>
    owner.query("CREATE SCHEMA ledger; CREATE TABLE ledger.trees (o text); INSERT INTO ledger.trees VALUES ('mira')");

  it('is remembered once, by whoever is first, and changed by the owner of the database only', async () => {
    await upgrade();
    expect(await readEngine(pool)).toBeUndefined();
    expect(await rememberEngine(pool, 'eventstoredb')).toBe('eventstoredb');
    expect(await rememberEngine(pool, 'postgres')).toBe('eventstoredb');
    await expect(pool.query("UPDATE log.engine SET name = 'postgres'")).rejects.toThrow(/permission denied/);
    await expect(pool.query('DELETE FROM log.engine')).rejects.toThrow(/permission denied/);
    await moveEngine((text, values) => owner.query(text, [...values]), 'postgres');
    expect(await readEngine(pool)).toBe('postgres');
  });

  it('is not known before there is a table for it', async () => {
    expect(await readEngine(pool)).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>, string | undefined]>([
    ['a log is here', () => head('NULL').then(ledger), 'postgres'],
    ['a ledger is here and its log is not', ledger, 'eventstoredb'],
    ['the log was left, or is just being moved', () => head("'EventStoreDB'").then(ledger), undefined],
    ['nothing was begun', () => Promise.resolve(), undefined],
  ])('is told from what an older version has made, when %s', async (_, made, expected) => {
    await made();
    await upgrade();
    expect(await readEngine(pool)).toBe(expected);
  });
});
