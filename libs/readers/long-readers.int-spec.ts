import { migrate } from '@ardoise/postgres';
import { createTestDatabase, SettableClock, type TestDatabase } from '@ardoise/testing';
import { createPool } from '@ardoise/postgres';
import type { Pool } from 'pg';
import { PostgresLongReaders, readerMigrations } from '.';

describe('long readers', () => {
  const clock = new SettableClock(new Date('2026-03-02T09:00:00Z'));
  let database: TestDatabase;
  let pool: Pool;
  let readers: PostgresLongReaders;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, readerMigrations);
    pool = createPool(database.url, { role: 'ardoise_read', max: 2, applicationName: 'test' });
    readers = new PostgresLongReaders({ pool, clock, head: () => Promise.resolve(7n) });
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function* pieces(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  it('are waited for by whoever marks them, until they end', async () => {
    const reading = readers.reading('export', 'mira', pieces);
    expect(await reading.next()).toEqual({ value: 1, done: false });
    expect(await readers.list()).toMatchObject([{ kind: 'export', organisation: 'mira', position: 7n }]);
    const mark = await readers.mark();
    const later = readers.reading('export', 'mira', pieces);
    await later.next();
    expect(await readers.areReading('mira', mark)).toBe(true);
    expect(await readers.areReading('parene', mark)).toBe(false);
    await reading.next();
    await reading.next();
    expect(await readers.areReading('mira', mark)).toBe(false);
    await later.return(undefined);
    expect(await readers.list()).toEqual([]);
  });

  it('end with the one who takes the pieces', async () => {
    for await (const piece of readers.reading('export', 'mira', pieces)) {
      expect(piece).toBe(1);
      break;
    }
    expect(await readers.list()).toEqual([]);
  });

  it('that are silent for too long are given up, and give nothing more', async () => {
    const reading = readers.reading('export', 'mira', pieces);
    await reading.next();
    const mark = await readers.mark();
    clock.advance(59_000);
    expect(await readers.areReading('mira', mark)).toBe(true);
    clock.advance(2_000);
    expect(await readers.areReading('mira', mark)).toBe(false);
    await expect(reading.next()).rejects.toMatchObject({ code: 'reader-given-up' });
  });

  it('of one piece of work are there while it lasts, also when it fails', async () => {
    await expect(
      readers.during('replay', 'mira', async () => {
        expect(await readers.list()).toMatchObject([{ kind: 'replay' }]);
        throw new Error('gone wrong');
      }),
    ).rejects.toThrow('gone wrong');
    expect(await readers.list()).toEqual([]);
  });
});
