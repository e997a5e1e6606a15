import { createPool } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { once } from 'node:events';
import { CopyLock } from './copy-lock';

describe('the lock of a copy', () => {
  let database: TestDatabase;
  beforeEach(async () => (database = await createTestDatabase()));
  afterEach(() => database.drop());
  const take = () => CopyLock.take(database.url, 'spec');

  it('is held by one at a time', async () => {
    const lock = await take();
    await expect(take()).rejects.toMatchObject({ code: 'copy-under-way' });
    expect((await lock.query('SELECT $1::int AS n', [7])).rows).toEqual([{ n: 7 }]);
    await lock.release();
    expect(lock.lost.aborted).toBe(false);
    await (await take()).release();
  });

  it('falls with its session: the process lives, asks nothing more by it, and says what to do', async () => {
    const lock = await take();
    const lost = once(lock.lost, 'abort');
    const owner = createPool(database.url, { applicationName: 'owner' });
    await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spec lock'");
    await lost;
    const said = { code: 'copy-lock-lost', message: expect.stringMatching(/run it again: it goes on/) as unknown };
    expect(lock.lost.reason).toMatchObject(said);
    await expect(lock.query('SELECT 1')).rejects.toMatchObject(said);
    await (await take()).release();
    await lock.release();
    await owner.end();
  });
});
