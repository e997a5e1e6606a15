import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { MemoryStore, ToldOpener } from '../testing/memory-store';
import { type Reaction, reactionMigrations, ReactionRuntime, type ReactionRuntimeOptions } from '.';

describe('events that a reaction gives up', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: MemoryStore;
  let opener: ToldOpener;
  let broken: Set<unknown>;
  let handled: unknown[];
  const clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  const runtimes: ReactionRuntime[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, reactionMigrations);
    pool = createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' });
  });
  beforeEach(() => {
    store = new MemoryStore();
    opener = new ToldOpener();
    broken = new Set();
    handled = [];
  });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
    await pool.query('TRUNCATE reactions.checkpoints, reactions.lanes, reactions.dismissals, reactions.parked');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const on: Reaction['on'] = {
    'seat-asked': ({ facts: { number } }) => {
      if (broken.has(number)) return Promise.reject(new Error('quotes Ada'));
      handled.push(number);
      return Promise.resolve();
    },
  };
  const run = async (options: Partial<ReactionRuntimeOptions> = {}): Promise<ReactionRuntime> => {
    const parts = { store, opener, pool, reactions: [{ name: 'seating', on }], clock, metrics: new Registry() };
    const timing = { leaseMilliseconds: 300, pollMilliseconds: 20, delays: [2] };
    const runtime = new ReactionRuntime({ ...parts, log: silentLog, ...timing, ...options });
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
  const standing = async (runtime: ReactionRuntime) => (await runtime.of('mira'))[0];
  const at = async (runtime: ReactionRuntime, position: bigint): Promise<void> =>
    until(async () => (await standing(runtime))?.position === position);
  const parked = async (runtime: ReactionRuntime) =>
    (await standing(runtime))?.parked.map(({ position, code }) => [position, code]);
  const tell = (stream: string, ...numbers: number[]): void => {
    const of = `session-${stream.repeat(32)}`;
    store.tell('mira', ...numbers.map((number) => ({ type: 'seat-asked', stream: of, facts: { number } })));
  };

  it('hold up their own stream, in its order, and no other, whoever has the lane; they are not passed', async () => {
    broken.add(2);
    tell('a', 1, 2, 3);
    tell('b', 4);
    const metrics = new Registry();
    const first = await run({ metrics });
    await at(first, 4n);
    expect(handled).toEqual(expect.arrayContaining([1, 4]));
    expect(await parked(first)).toEqual([
      [2n, 'reaction-failed'],
      [3n, undefined],
    ]);
    expect((await standing(first))?.stopped).toBeUndefined();
    expect(await first.passed('mira')).toBe(1n);
    await until(async () =>
      (await metrics.metrics()).includes('ardoise_reaction_parked_events{organisation="mira",reaction="seating"} 2'),
    );
    await first.stop();
    const second = await run({ owner: 'two' });
    tell('a', 5);
    tell('b', 6);
    await at(second, 6n);
    expect(handled.sort()).toEqual([1, 4, 6]);

    const [head] = (await standing(second))!.parked;
    expect(await second.restart('mira', 'seating', 'f'.repeat(32))).toBe(0);
    // Tried once more and given up again: nothing behind it is tried.
    expect(await second.restart('mira', 'seating', head!.event)).toBe(1);
    await until(async () => (await parked(second))?.[0]?.[1] === 'reaction-failed');
    broken.clear();
    handled = [];
    await second.restart('mira');
    await until(async () => (await parked(second))?.length === 0);
    expect(handled).toEqual([2, 3, 5]);
    expect(await second.passed('mira')).toBe(6n);
    tell('a', 7);
    await at(second, 7n);
    expect(handled).toEqual([2, 3, 5, 7]);
  });

  it('are let go for the record, and what waited behind them is done', async () => {
    broken.add(1);
    tell('a', 1, 2);
    const runtime = await run();
    await at(runtime, 2n);
    const [head, behind] = (await standing(runtime))!.parked;
    expect(await runtime.dismiss('mira', 'seating', behind!.event)).toBe(false);
    expect(await runtime.dismiss('mira', 'seating', head!.event)).toBe(true);
    await until(async () => (await parked(runtime))?.length === 0);
    expect(handled).toEqual([2]);
    expect(await runtime.dismissals('mira')).toMatchObject([
      { event: head!.event, position: 1n, code: 'reaction-failed', dismissedAt: clock.now() },
    ]);
    expect(await runtime.dismiss('mira', 'seating', head!.event)).toBe(false);
  });

  it('are so many and no more: then the reaction stops in the open, and goes on when there is room', async () => {
    for (const number of [1, 2, 3]) broken.add(number);
    tell('a', 1);
    tell('b', 2);
    tell('c', 3);
    tell('d', 4);
    const runtime = await run({ mostParked: 2 });
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    const { position, stopped } = (await standing(runtime))!;
    expect([position, stopped?.position, stopped?.code]).toEqual([2n, 3n, 'reaction-failed']);
    broken.clear();
    await runtime.restart('mira');
    await at(runtime, 4n);
    await until(async () => (await parked(runtime))?.length === 0);
    // Behind the stop it may have been done before, and is done again.
    expect([...new Set(handled)].sort()).toEqual([1, 2, 3, 4]);

    broken.add(5);
    tell('a', 5, 6, 7);
    await until(async () => (await standing(runtime))?.stopped !== undefined);
    expect((await standing(runtime))?.stopped).toMatchObject({ code: 'too-many-parked', position: 7n });
    broken.clear();
    await runtime.restart('mira', 'seating', (await standing(runtime))!.parked[0]!.event);
    await at(runtime, 7n);
    expect(handled.slice(-3)).toEqual([5, 6, 7]);
  });

  it('are forgotten where the log behind them is another one', async () => {
    broken.add(1).add(2);
    tell('a', 1);
    tell('b', 2);
    const runtime = await run();
    await at(runtime, 2n);
    await runtime.stop();
    broken.clear();
    await runtime.setBack('mira', 1n);
    const again = await run();
    await at(again, 2n);
    expect(await parked(again)).toEqual([[1n, 'reaction-failed']]);
    expect(handled).toEqual([2]);
  });
});
