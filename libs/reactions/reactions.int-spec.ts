import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { UpgradeUnderWayError } from '@ardoise/sealing';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import { VaultError } from '@ardoise/vault';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { MemoryStore, ToldOpener } from '../testing/memory-store';
import { type Reaction, reactionMigrations, ReactionRuntime, type ReactionRuntimeOptions } from '.';

describe('ReactionRuntime', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: MemoryStore;
  let opener: ToldOpener;
  let clock: SettableClock;
  const runtimes: ReactionRuntime[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, reactionMigrations);
    pool = createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' });
  });
  beforeEach(() => {
    store = new MemoryStore();
    opener = new ToldOpener();
    clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
    await pool.query('TRUNCATE reactions.checkpoints, reactions.lanes, reactions.dismissals');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const run = async (on: Reaction['on'], options: Partial<ReactionRuntimeOptions> = {}): Promise<ReactionRuntime> => {
    const reactions = [{ name: 'seating', on }];
    const parts = { store, opener, pool, reactions, clock, metrics: new Registry(), log: silentLog };
    // What is given up stops the lane; parking has a spec of its own.
    const timing = { leaseMilliseconds: 300, pollMilliseconds: 20, delays: [2], mostParked: 0 };
    const runtime = new ReactionRuntime({ ...parts, ...timing, ...options });
    runtimes.push(runtime);
    await runtime.start();
    return runtime;
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error('the condition did not come true in time');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const standing = async (runtime: ReactionRuntime) => (await runtime.status()).reactions[0];
  const asked = (stream: string, number: number) => ({
    type: 'seat-asked',
    stream: `session-${stream.repeat(32)}`,
    facts: { number },
  });

  it('handles every event, those of one stream in order and streams side by side', async () => {
    for (let number = 0; number < 40; number++)
      store.tell('mira', asked(number % 2 ? 'a' : 'b', number), { type: 'other' });
    const seen: { [stream: string]: unknown[] } = {};
    let [running, most] = [0, 0];
    const runtime = await run({
      'seat-asked': async ({ stream, facts }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        (seen[stream] ??= []).push(facts.number);
        running -= 1;
      },
    });
    await until(async () => (await standing(runtime))?.position === 80n);
    const numbers = Object.values(seen);
    expect(numbers.map((list) => list.length)).toEqual([20, 20]);
    for (const list of numbers) expect(list).toEqual([...(list as number[])].sort((one, other) => one - other));
    expect(most).toBe(2);
  });

  it('tries again, then stops at the event with a clear state, and goes on from there when restarted', async () => {
    let mended = false;
    const handled: unknown[] = [];
    let tries = 0;
    const metrics = new Registry();
    const on: Reaction['on'] = {
      'seat-asked': async ({ facts }) => {
        if (facts.number === 2 && !mended) {
          tries += 1;
          throw new Error('quotes Ada');
        }
        handled.push(facts.number);
      },
    };
    store.tell('mira', asked('a', 1), asked('a', 2), asked('a', 3));
    const runtime = await run(on, { metrics });
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    expect(await standing(runtime)).toMatchObject({ position: 1n, stopped: { code: 'reaction-failed', position: 2n } });
    expect([tries, handled]).toEqual([8, [1]]);
    expect(await metrics.metrics()).toContain('ardoise_reaction_stopped{organisation="mira",reaction="seating"} 1');
    mended = true;
    expect(await runtime.restart('mira', 'seating')).toBe(1);
    await until(async () => (await standing(runtime))?.position === 3n);
    expect(handled).toEqual([1, 2, 3]);
  });

  it('goes on behind an event that was dismissed, which stays on record, and past no other', async () => {
    const handled: unknown[] = [];
    store.tell('mira', asked('a', 1), asked('a', 2), asked('b', 3));
    const runtime = await run({
      'seat-asked': async ({ facts }) => {
        if (facts.number === 2) throw new Error('quotes Ada');
        handled.push(facts.number);
      },
    });
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    const event = (await standing(runtime))?.stopped?.event ?? '';
    expect(await runtime.dismiss('mira', 'seating', 'f'.repeat(32))).toBe(false);
    expect(await runtime.dismiss('mira', 'seating', event)).toBe(true);
    await until(async () => (await standing(runtime))?.position === 3n);
    expect(handled).toContain(3);
    expect(await runtime.dismiss('mira', 'seating', event)).toBe(false);
    expect(await runtime.dismissals('mira')).toEqual([
      {
        organisation: 'mira',
        reaction: 'seating',
        event,
        position: 2n,
        code: 'reaction-failed',
        dismissedAt: clock.now(),
      },
    ]);
  });

  it('waits for ever for what is merely away', async () => {
    let tries = 0;
    store.tell('mira', asked('a', 1));
    const runtime = await run({
      'seat-asked': async () => {
        tries += 1;
        if (tries <= 20) throw new VaultError('vault-unavailable', 'away');
      },
    });
    await until(async () => (await standing(runtime))?.position === 1n);
    expect(tries).toBe(21);
  });

  it('stops at an event that was tampered with, when everything before is done', async () => {
    store.tell('mira', asked('a', 1), asked('a', 2));
    opener.tampered.add(2n);
    const handled: unknown[] = [];
    const runtime = await run({ 'seat-asked': async ({ facts }) => void handled.push(facts.number) });
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    expect(await standing(runtime)).toMatchObject({ position: 1n, stopped: { code: 'event-tampered' } });
    expect(handled).toEqual([1]);
  });

  it('stops at an event that it does not know, wanted or not, names it, and goes on once a program knows it', async () => {
    store.tell('mira', asked('a', 1), { type: 'seat-taken' }, asked('a', 2));
    opener.unknown.add('seat-taken');
    const handled: unknown[] = [];
    const on: Reaction['on'] = { 'seat-asked': async ({ facts }) => void handled.push(facts.number) };
    const runtime = await run(on);
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    expect(await standing(runtime)).toMatchObject({
      position: 1n,
      stopped: { code: 'event-type-unknown', position: 2n, type: 'seat-taken', schema: 1 },
    });
    expect(handled).toEqual([1]);
    await runtime.stop();
    opener.unknown.clear();
    const upgraded = await run(on);
    await until(async () => (await standing(upgraded))?.position === 3n);
    expect(handled).toEqual([1, 2]);
  });

  it('passes an event that was split only when all its parts are done', async () => {
    store.tell('mira', asked('a', 1));
    opener.become = (event) => [event, { ...event, type: 'seat-wanted', id: 'f'.repeat(32) }];
    const handled: string[] = [];
    let mended = false;
    const runtime = await run({
      'seat-asked': async ({ id }) => void handled.push(id),
      'seat-wanted': async ({ id }) => {
        if (!mended) throw new Error('not yet');
        handled.push(id);
      },
    });
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    expect(await standing(runtime)).toMatchObject({ position: 0n, stopped: { code: 'reaction-failed', position: 1n } });
    mended = true;
    await runtime.restart();
    await until(async () => (await standing(runtime))?.position === 1n);
    expect(handled).toEqual([handled[0], handled[0], 'f'.repeat(32)]);
  });

  it('waits for ever for the end of an upgrade', async () => {
    let tries = 0;
    store.tell('mira', asked('a', 1));
    const runtime = await run({
      'seat-asked': async () => {
        tries += 1;
        if (tries <= 20) throw new UpgradeUnderWayError('seat-wanted', 2);
      },
    });
    await until(async () => (await standing(runtime))?.position === 1n);
    expect(tries).toBe(21);
  });

  it('two workers share; the one that was paused past its lease moves no checkpoint', async () => {
    store.tell('mira', asked('a', 1));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hanging = false;
    const long = { leaseMilliseconds: 60_000 };
    await run(
      {
        'seat-asked': () => {
          hanging = true;
          return held;
        },
      },
      { owner: 'one', ...long },
    );
    await until(() => hanging);
    clock.advance(60_000);
    const handled: unknown[] = [];
    const two = await run(
      { 'seat-asked': async ({ facts }) => void handled.push(facts.number) },
      { owner: 'two', ...long },
    );
    await until(async () => (await standing(two))?.position === 1n);
    release();
    store.tell('mira', asked('a', 2));
    await until(async () => (await standing(two))?.position === 2n);
    expect(handled).toEqual([1, 2]);
    expect((await two.status()).lanes).toMatchObject([{ owner: 'two', fence: 2n }]);
  });
});
