import { silentLog } from '@ardoise/lanes';
import { bePresent, createPool, migrate, type Presence } from '@ardoise/postgres';
import { createTestDatabase, SettableClock, type TestDatabase } from '@ardoise/testing';
import type { Pool } from 'pg';
import { AnnouncedVersions, ProgramTooOldError, versionMigrations } from '.';

const one = { type: 'seat-held', schema: 1 };
const two = { type: 'seat-held', schema: 2 };

describe('versions of events', () => {
  let database: TestDatabase;
  let pool: Pool;
  let clock: SettableClock;
  const running: { versions?: AnnouncedVersions; presence: Presence }[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url, versionMigrations(['seat-held/1']));
    pool = createPool(database.url, { role: 'ardoise_log', applicationName: 'spec' });
    clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  });
  afterEach(async () => {
    for (const { versions, presence } of running.splice(0)) {
      await versions?.leave();
      await presence.leave();
    }
    await pool.end();
    await database.drop();
  });

  /** A program that knows so much; one that knows nothing of announcements makes none. */
  const start = async (name: string, ...knows: (typeof one)[]) => {
    const presence = await bePresent(database.url, { name });
    const process: { versions?: AnnouncedVersions; presence: Presence } = { presence };
    running.push(process);
    if (knows.length === 0) return { presence } as never;
    const session = () => presence.session;
    process.versions = await AnnouncedVersions.announce({ pool, clock, log: silentLog, name, knows, session });
    return { versions: process.versions, presence };
  };
  const settles = async (condition: () => Promise<boolean>) => {
    const end = Date.now() + 10_000;
    while (!(await condition()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await condition()).toBe(true);
  };

  it('are in use as soon as the only process knows them', async () => {
    const { versions } = await start('new', one, two);
    expect([versions.mayBeWritten(one), versions.mayBeWritten(two)]).toEqual([true, true]);
    expect(await versions.standing()).toEqual({ waiting: [], waitsFor: [], unknown: [] });
  });

  it('wait for the last process that does not know them to end', async () => {
    const older = await start('older', one);
    const { versions } = await start('newer', one, two);
    expect([versions.mayBeWritten(one), versions.mayBeWritten(two)]).toEqual([true, false]);
    expect(await versions.standing()).toEqual({
      waiting: ['seat-held/2'],
      waitsFor: [{ name: 'older', announced: true }],
      unknown: [],
    });
    await older.versions.leave();
    await older.presence.leave();
    await settles(async () => {
      await versions.look();
      return versions.mayBeWritten(two);
    });
  });

  it('wait for a process that announces nothing, being older than that', async () => {
    const { presence } = await start('before announcements');
    const { versions } = await start('newer', one, two);
    expect(versions.mayBeWritten(two)).toBe(false);
    expect((await versions.standing()).waitsFor).toEqual([{ name: 'before announcements presence', announced: false }]);
    await presence.leave();
    await settles(async () => {
      await versions.look();
      return versions.mayBeWritten(two);
    });
  });

  it('wait for a process that is paused: its lease lapses, and it is present all the same', async () => {
    await start('paused', one);
    const { versions } = await start('newer', one, two);
    clock.advance(3_600_000);
    await versions.look();
    expect(versions.mayBeWritten(two)).toBe(false);
  });

  it('do not wait for the dead, once their lease has lapsed', async () => {
    const dead = await start('dead', one);
    const { versions } = await start('newer', one, two);
    // Its session ends with it; its announcement nobody takes back.
    await dead.presence.leave();
    await versions.look();
    expect(versions.mayBeWritten(two)).toBe(false);
    clock.advance(30_001);
    await settles(async () => {
      await versions.look();
      return versions.mayBeWritten(two);
    });
  });

  it('that are in use refuse a program that does not know them, and it is waited for by nobody', async () => {
    await start('newer', one, two);
    const older = start('older', one);
    await expect(older).rejects.toThrow(ProgramTooOldError);
    await expect(older).rejects.toMatchObject({ code: 'program-too-old', versions: ['seat-held/2'] });
    const { rows } = await pool.query('SELECT name FROM versions.announcements');
    expect(rows).toEqual([{ name: 'newer' }]);
  });

  it('never come into use beside a start of a program that does not know them', async () => {
    const three = { type: 'seat-held', schema: 3 };
    const { versions } = await start('newer', one, two);
    // Whoever is first: the older program is refused, or the newer one waits for it.
    for (let round = 0; round < 10; round++) {
      await pool.query("DELETE FROM versions.announcements WHERE name = 'older'");
      const newer = start('newest', one, two, three);
      const older = start('older', one, two).then(
        () => true,
        (error: unknown) => !(error instanceof ProgramTooOldError),
      );
      const lives = await older;
      const mayWrite = (await newer).versions.mayBeWritten(three);
      expect(lives && mayWrite).toBe(false);
      if (mayWrite) break;
    }
    expect(versions.mayBeWritten(two)).toBe(true);
  });

  it('of before announcements refuse nobody', async () => {
    const { versions } = await start('of few capabilities', two);
    expect(versions.mayBeWritten(two)).toBe(true);
  });

  it('that came into use while this process was taken for dead are told', async () => {
    const paused = await start('paused', one);
    await paused.presence.leave();
    clock.advance(30_001);
    await settles(async () => {
      const { versions } = await start('newer', one, two);
      return versions.mayBeWritten(two);
    });
    await paused.versions.look();
    expect((await paused.versions.standing()).unknown).toEqual(['seat-held/2']);
  });
});
