import { readHeader } from '@ardoise/format';
import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { MemoryStore } from '../testing/memory-store';
import {
  type Delivery,
  liveFeed,
  type OutboxEntry,
  outboxMigrations,
  OutboxRuntime,
  type OutboxRuntimeOptions,
  type Planner,
} from '.';

const hour = 3_600_000;
const to = { organisation: 'mira', destination: 'lms' };

/** Tells every event to one receiver. */
const planner: Planner = {
  plan: (_, __, events) =>
    Promise.resolve({
      entries: events.map(({ position, stream, header }) => ({
        destination: 'lms',
        key: readHeader(header).id,
        stream,
        position,
        kind: 'event',
        detail: {},
      })),
    }),
};

describe('OutboxRuntime', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: MemoryStore;
  let clock: SettableClock;
  const runtimes: OutboxRuntime[] = [];

  /** What arrived, in its order; and what the receiver says to it. */
  let arrived: OutboxEntry[];
  let answer: (entry: OutboxEntry) => Promise<Delivery>;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, outboxMigrations);
    pool = createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' });
  });
  beforeEach(() => {
    store = new MemoryStore();
    clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
    arrived = [];
    answer = () => Promise.resolve({ kind: 'delivered', status: 204 });
  });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
    await pool.query('TRUNCATE outbox.lanes, outbox.feeds, outbox.destinations, outbox.entries');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const run = async (options: Partial<OutboxRuntimeOptions> = {}): Promise<OutboxRuntime> => {
    const courier = {
      deliver: (entry: OutboxEntry): Promise<Delivery> => {
        arrived.push(entry);
        return answer(entry);
      },
    };
    const destinations = () => Promise.resolve([to]);
    const parts = { store, pool, planner, courier, destinations, clock, metrics: new Registry(), log: silentLog };
    const runtime = new OutboxRuntime({ ...parts, leaseMilliseconds: 3_600_000, pollMilliseconds: 10, ...options });
    runtimes.push(runtime);
    await runtime.feeds.open({ organisation: 'mira', feed: liveFeed, position: 0n });
    runtime.start();
    return runtime;
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error('the condition did not come true in time');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const all = (runtime: OutboxRuntime) => runtime.entries.list({ organisation: 'mira', limit: 1_000 });
  const states = async (runtime: OutboxRuntime) =>
    (await all(runtime)).reduce<{ [state: string]: number }>(
      (counts, { state }) => ({ ...counts, [state]: (counts[state] ?? 0) + 1 }),
      {},
    );
  const tell = (count: number, streams = ['a', 'b', 'c']): void => {
    for (let number = 0; number < count; number++) {
      const stream = `session-${(streams[number % streams.length] as string).repeat(32)}`;
      store.tell('mira', { type: 'seat-held', stream });
    }
  };
  /** Each stream's arrivals by first sight are in the log's order. */
  const inOrder = (): boolean => {
    const last = new Map<string, bigint>();
    const seen = new Set<string>();
    return arrived.every(({ stream, position, key }) => {
      if (seen.has(key)) return true;
      seen.add(key);
      const before = last.get(stream) ?? 0n;
      last.set(stream, position);
      return position > before;
    });
  };

  /** Moves the clock to the next thing that is to be tried, and waits until it was. False where nothing waits. */
  const passTime = async (runtime: OutboxRuntime): Promise<boolean> => {
    const tried = async (): Promise<number> => (await all(runtime)).reduce((sum, { attempts }) => sum + attempts, 0);
    await until(async () => (await tried()) === arrived.length);
    const waiting = (await all(runtime)).filter(({ state }) => state === 'pending');
    if (waiting.length === 0) return false;
    const open = (await runtime.breaker(to)).openUntil;
    const tries = waiting.flatMap(({ nextTry }) => (nextTry ? [nextTry.getTime()] : []));
    const before = arrived.length;
    // Where nothing has a time of its own, its turn has come.
    const next = Math.max(Math.min(...tries), open?.getTime() ?? 0);
    if (Number.isFinite(next)) clock.set(new Date(Math.max(clock.now().getTime() + 1, next)));
    runtime.lookNow();
    await until(async () => arrived.length > before || (await states(runtime)).pending === undefined);
    return true;
  };

  it('tells everything once when nothing fails, in order within each stream', async () => {
    tell(60);
    const runtime = await run();
    await until(async () => (await states(runtime)).delivered === 60);
    expect(arrived).toHaveLength(60);
    expect(inOrder()).toBe(true);
    expect(await runtime.passed('mira')).toBe(60n);
    tell(3);
    await until(async () => (await states(runtime)).delivered === 63);
  });

  it('holds up a stream whose first entry fails, and no other', async () => {
    tell(9);
    const bad = `session-${'a'.repeat(32)}`;
    let failing = true;
    answer = ({ stream }) =>
      Promise.resolve(
        failing && stream === bad
          ? { kind: 'failed', code: 'receiver-refuses', status: 500 }
          : { kind: 'delivered', status: 200 },
      );
    const runtime = await run();
    await until(async () => (await states(runtime)).delivered === 6);
    expect(arrived.filter(({ stream }) => stream === bad)).toHaveLength(1);
    expect((await all(runtime)).at(-1)).toMatchObject({ state: 'pending', code: 'receiver-refuses', status: 500 });
    failing = false;
    clock.advance(10_000);
    await until(async () => (await states(runtime)).delivered === 9);
    expect(inOrder()).toBe(true);
  });

  it('an hour of failures: few tries, then everything, in order, each under its own key', async () => {
    tell(90);
    const end = clock.now().getTime() + hour;
    answer = () =>
      Promise.resolve(
        clock.now().getTime() < end ? { kind: 'failed', code: 'receiver-refuses', status: 503 } : { kind: 'delivered' },
      );
    const runtime = await run();
    await until(() => arrived.length >= 3);
    while (await passTime(runtime));
    expect(await states(runtime)).toEqual({ delivered: 90 });
    expect(inOrder()).toBe(true);
    // The breaker let through a handful of tries in that hour, not one for each entry.
    expect(arrived.length).toBeLessThan(90 + 30);
    expect(new Set(arrived.map(({ key }) => key)).size).toBe(90);
    expect(await runtime.breaker(to)).toEqual({ failures: 0 });
  });

  it('gives up after the horizon; dead letters are looked at, tried again and dismissed', async () => {
    tell(4, ['a']);
    answer = () => Promise.resolve({ kind: 'failed', code: 'receiver-away' });
    const runtime = await run();
    await until(() => arrived.length === 1);
    const begun = clock.now().getTime();
    while (await passTime(runtime));
    expect(await states(runtime)).toEqual({ dead: 4 });
    expect(clock.now().getTime() - begun).toBeGreaterThanOrEqual(72 * hour);
    expect(clock.now().getTime() - begun).toBeLessThan(75 * hour);
    answer = () => Promise.resolve({ kind: 'delivered' });
    const [last] = await all(runtime);
    expect(await runtime.dismiss(to, last?.key)).toBe(1);
    expect(await runtime.retry(to)).toBe(3);
    await until(async () => (await states(runtime)).delivered === 3);
    expect(await states(runtime)).toEqual({ delivered: 3, dismissed: 1 });
  });

  it('what a receiver refuses for good is a dead letter at once, and what follows goes on', async () => {
    tell(3, ['a']);
    answer = ({ position }) =>
      Promise.resolve(
        position === 2n ? { kind: 'refused', code: 'receiver-gone', status: 410 } : { kind: 'delivered' },
      );
    const runtime = await run();
    await until(async () => (await states(runtime)).delivered === 2);
    expect(await states(runtime)).toEqual({ delivered: 2, dead: 1 });
  });

  it('what we cannot make says nothing of the receiver', async () => {
    tell(1);
    let broken = true;
    answer = () => (broken ? Promise.reject(new Error('the vault is away')) : Promise.resolve({ kind: 'delivered' }));
    const runtime = await run();
    await until(async () => (await all(runtime))[0]?.code === 'not-made');
    expect(await runtime.breaker(to)).toEqual({ failures: 0 });
    broken = false;
    clock.advance(10_000);
    await until(async () => (await states(runtime)).delivered === 1);
  });

  it('a stretch is told again under the same keys, also where its entries were removed', async () => {
    tell(20);
    const runtime = await run();
    await until(async () => (await states(runtime)).delivered === 20);
    const keys = arrived.map(({ key }) => key);
    await pool.query('DELETE FROM outbox.entries WHERE position = 7');
    arrived = [];
    await runtime.feeds.open({ organisation: 'mira', feed: 'replay-1', position: 4n, until: 12n });
    runtime.lookNow();
    await until(() => arrived.length >= 8);
    await until(async () => (await states(runtime)).delivered === 20);
    expect(arrived.map(({ position }) => Number(position)).sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(arrived.every(({ key }) => keys.includes(key))).toBe(true);
    expect((await runtime.feeds.list('mira')).map(({ feed }) => feed)).toEqual([liveFeed]);
  });

  it('forgets what was delivered a month ago', async () => {
    tell(2);
    const runtime = await run();
    await until(async () => (await states(runtime)).delivered === 2);
    clock.advance(30 * 24 * hour);
    tell(1);
    await until(async () => (await states(runtime)).delivered === 3);
    clock.advance(hour);
    runtime.lookNow();
    await until(async () => (await states(runtime)).delivered === 1);
  });

  it('a worker that dies in the middle is followed by one that tells at most what was under way twice', async () => {
    tell(12, ['a']);
    let hang: ((delivery: Delivery) => void) | undefined;
    answer = ({ position }) =>
      position === 5n && !hang
        ? new Promise((resolve) => (hang = resolve))
        : Promise.resolve({ kind: 'delivered', status: 200 });
    await run({ owner: 'one' });
    await until(() => hang !== undefined);
    clock.advance(3_600_000);
    const two = await run({ owner: 'two' });
    await until(async () => (await states(two)).delivered === 12);
    hang?.({ kind: 'delivered' });
    expect(arrived.map(({ position }) => Number(position))).toEqual([1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
