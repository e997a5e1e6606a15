import { randomUUID } from 'node:crypto';
import { conflict, Recorder } from '@ardoise/decider';
import { randomId } from '@ardoise/format';
import { LeaseTable, silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { type AnyEvent, EventRegistry, Opener, Sealer, UpgradeUnderWayError } from '@ardoise/sealing';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { AppendingStore } from '../testing/appending-store';
import { FakeVault } from '../testing/fake-vault';
import {
  type ProcessDeadLetter,
  type ProcessDismissal,
  type ProcessManagerOptions,
  processManagerMigrations,
  ProcessManagerRuntime,
} from '.';
import { type DueInstance, Instances } from './instances';
import { dismissalSteps } from './visitor';
import { journeyDeclarations, JourneyHost, journeyStream } from './spec-support/journey';

const organisation = 'mira';
const hour = 3_600_000;
const all = { limit: 100 };

describe('ProcessManagerRuntime', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: AppendingStore;
  let vault: FakeVault;
  let clock: SettableClock;
  let recorder: Recorder;
  let opener: Opener;
  let host: JourneyHost;
  let followed: number;
  const runtimes: ProcessManagerRuntime[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, processManagerMigrations);
    pool = createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' });
  });
  beforeEach(() => {
    const registry = new EventRegistry(journeyDeclarations, ['learning']);
    store = new AppendingStore();
    vault = new FakeVault();
    clock = new SettableClock(new Date('2026-11-22T10:00:00.000Z'));
    opener = new Opener(registry, vault);
    const sealer = new Sealer(registry, vault);
    const policyOf = () => 1;
    recorder = new Recorder({ store, vault: vault as unknown as Vault, sealer, opener, clock, policyOf });
    host = new JourneyHost();
    followed = 0;
  });
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
    await forget();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const forget = (): Promise<unknown> =>
    pool.query(
      'TRUNCATE process_managers.instances, process_managers.inbox, process_managers.dismissals, process_managers.lanes',
    );
  const run = (options: Partial<ProcessManagerOptions> = {}): ProcessManagerRuntime => {
    const parts = { store, opener, recorder, vault: vault as unknown as Vault, pool, processes: [host], clock };
    const told = { metrics: new Registry(), log: silentLog, pollMilliseconds: 10, leaseMilliseconds: 300 };
    const runtime = new ProcessManagerRuntime({ ...parts, ...told, delays: [1_000], tries: 3, ...options });
    runtimes.push(runtime);
    runtime.start();
    return runtime;
  };
  /** Does what the reactions do: hands on what is new in the log. */
  const follow = async (runtime: ProcessManagerRuntime, from = followed): Promise<void> => {
    const [reaction] = runtime.reactions();
    const stored = store.log.slice(from);
    followed = store.log.length;
    for (const event of await opener.open(organisation, stored)) await reaction?.on[event.type]?.(event);
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error('the condition did not come true in time');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  /** Until nothing is to be done any more by the clock as it stands. */
  const atRest = async (runtime: ProcessManagerRuntime): Promise<void> => {
    for (;;) {
      const end = store.log.length;
      await follow(runtime);
      await until(() => runtime.isAtRest(organisation));
      if (store.log.length === end) return;
    }
  };
  const tellLog = async (type: string, facts: object, person?: string): Promise<void> => {
    const occurredAt = clock.now().toISOString();
    const sections = person === undefined ? {} : { traveller: { person, occurredAt, fields: {} } };
    const event = { type, facts, sections } as unknown as AnyEvent;
    const saying = {
      kind: 'wish',
      events: journeyDeclarations,
      initialState: () => ({}),
      evolve: () => ({}),
      decide: () => [event],
    };
    await recorder.execute(
      saying,
      `wish-${randomId()}`,
      {},
      { organisation, commandId: randomUUID(), source: 'staff' },
    );
  };
  const want = async (person = randomId()): Promise<string> => {
    const stream = journeyStream();
    const payBy = new Date(clock.now().getTime() + hour).toISOString();
    await tellLog('journey-wanted', { journey: stream, payBy }, person);
    return stream;
  };
  const story = async (stream: string): Promise<string[]> => {
    const events = await opener.open(organisation, await store.readStream(organisation, stream));
    return events.map(({ type, facts: { step, outcome, paid } }) =>
      [type, outcome, step, paid].filter((word) => typeof word === 'string').join(' '),
    );
  };
  const booked = ['journey-begun', 'journey-stepped done book-room', 'journey-stepped done book-train'];
  const lapsed = [
    ...booked,
    'journey-settled no',
    'journey-stepped done give-train-back',
    'journey-stepped done give-room-back',
  ];

  it('takes each step once, waits, and goes on with what it is told', async () => {
    const runtime = run();
    const stream = await want();
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
    await tellLog('journey-paid', { journey: stream });
    await atRest(runtime);
    expect(await story(stream)).toEqual([...booked, 'journey-settled yes']);
    clock.advance(2 * hour);
    await atRest(runtime);
    expect(await story(stream)).toHaveLength(4);
    expect(host.taken.map(({ step }) => step)).toEqual(['book-room', 'book-train']);
  });

  it('a timer comes at its instant and not before, once, whoever holds the lane, also after a restart', async () => {
    const first = run({ owner: 'one' });
    const stream = await want();
    await atRest(first);
    clock.advance(hour - 1);
    await atRest(first);
    expect(await story(stream)).toEqual(booked);
    await first.stop();
    clock.advance(1);
    const workers = [run({ owner: 'two' }), run({ owner: 'three' })];
    await until(async () => (await story(stream)).length === lapsed.length);
    for (const worker of workers) await atRest(worker);
    expect(await story(stream)).toEqual(lapsed);
    expect(host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
  });

  it('a step that is refused has what was done taken back, visibly', async () => {
    host.before = (step) => {
      if (step === 'book-train') throw conflict('no-train', 'there is none');
    };
    const runtime = run();
    const stream = await want();
    await atRest(runtime);
    expect(await story(stream)).toEqual([
      'journey-begun',
      'journey-stepped done book-room',
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
  });

  it('whatever append it dies before or after, it comes to the same end, each command under one id', async () => {
    const runtime = run({ runs: () => false });
    await runtime.stop();
    for (const moment of ['before', 'after'] as const) {
      for (let kill = 0; ; kill++) {
        const stream = await want();
        let appends = 0;
        const die = (): void => {
          if (appends++ === kill) throw new Error('killed');
        };
        const isOwn = { before: ({ stream: of }: { stream: string }) => (of === stream ? die() : undefined) };
        if (moment === 'before') store.before = isOwn.before;
        else store.after = die;
        const worker = run({ owner: randomUUID(), tries: 100, delays: [0] });
        await atRest(worker);
        clock.advance(hour);
        await until(async () => (await story(stream)).length === lapsed.length);
        await worker.stop();
        [store.before, store.after] = [() => undefined, () => undefined];
        expect(await story(stream)).toEqual(lapsed);
        expect(host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
        if (appends <= kill) break;
      }
    }
  });

  it('a process that cannot go on stands still alone; it is looked at, tried again, and dismissed with a reason', async () => {
    let broken = true;
    const [bad, other, good] = [await want(), await want(), await want()];
    host.before = (step, stream) => {
      if (broken && stream !== good && step === 'book-train') throw new Error('quotes Ada');
    };
    const runtime = run();
    await atRest(runtime);
    expect(await story(good)).toEqual(booked);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
    for (let tries = 0; tries < 2; tries++) {
      clock.advance(1_000);
      await atRest(runtime);
    }
    const letters = await runtime.deadLetters(organisation, all);
    expect(letters.map(({ stream }) => stream).sort()).toEqual([bad, other].sort());
    expect(letters[0]).toMatchObject({ process: 'journey', standsAt: 'step/book-train', code: 'Error' });
    // The others' time comes all the same.
    clock.advance(hour);
    await until(async () => (await story(good)).length === lapsed.length);

    broken = false;
    expect(await runtime.retry(organisation, 'journey', bad)).toBe(1);
    await until(async () => (await story(bad)).length >= booked.length);
    const letter = { organisation, process: 'journey', stream: other, standsAt: 'step/book-train' };
    expect(await runtime.dismiss({ ...letter, standsAt: 'step/book-room' }, 'not-wanted')).toBe(false);
    expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    await atRest(runtime);
    expect((await story(other)).slice(-2)).toEqual([
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
    expect(await runtime.dismissals(organisation, all)).toMatchObject([
      { ...letter, code: 'Error', reason: 'not-wanted' },
    ]);
    // Asked again: what was asked for is so, and nothing more happens.
    expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    expect(await runtime.dismiss(letter, 'done-otherwise')).toBe(false);
    expect(await runtime.dismissals(organisation, all)).toHaveLength(1);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
  });

  it.each(dismissalSteps)('a step is let go once, told, and on record, whoever dies after %s', async (killedAfter) => {
    host.before = (step) => {
      if (step === 'book-train') throw new Error('quotes Ada');
    };
    let alive = true;
    const steps = {
      done: (step: string): void => {
        if (!alive || step !== killedAfter) return;
        alive = false;
        throw new Error('killed');
      },
    };
    const first = run({ owner: 'one', tries: 1, steps });
    const stream = await want();
    await atRest(first);
    const [letter] = await first.deadLetters(organisation, all);
    const dismissed = first.dismiss(letter!, 'cannot-be-done');
    if (killedAfter === 'process-dismissal/kept') await expect(dismissed).rejects.toThrow('killed');
    else await dismissed;
    await until(() => !alive);
    await first.stop();
    const second = run({ owner: 'two', tries: 1 });
    expect(await second.dismiss(letter!, 'cannot-be-done')).toBe(true);
    await until(async () => {
      await second.retry(organisation);
      await atRest(second);
      return (await story(stream)).length === 4;
    });
    expect(await story(stream)).toEqual([
      'journey-begun',
      'journey-stepped done book-room',
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
    expect(await second.dismissals(organisation, all)).toMatchObject([{ stream, standsAt: 'step/book-train' }]);
    expect(await second.deadLetters(organisation, all)).toEqual([]);
  });

  it('a step that was let go is let go for that time only', async () => {
    host.before = (step) => {
      if (step === 'book-room') throw new Error('quotes Ada');
    };
    const runtime = run({ tries: 1 });
    const stream = await want();
    await atRest(runtime);
    await runtime.stop();
    const [letter] = await runtime.deadLetters(organisation, all);
    expect(await runtime.dismiss(letter!, 'done-otherwise')).toBe(true);
    // Before it is told, the process came on by itself: what was let go is that step no more.
    await pool.query(`UPDATE process_managers.instances SET let_go_after = $1`, [randomId()]);
    const again = run({ tries: 1 });
    await atRest(again);
    expect(await again.deadLetters(organisation, all)).toMatchObject([{ stream, standsAt: 'step/book-room' }]);
  });

  it('one that has to write what not all servers can read yet waits for the upgrade, and others go on', async () => {
    let upgrading = true;
    const [early, ...others] = [await want(), await want(), await want()];
    let tries = 0;
    host.before = (step, stream) => {
      if (!upgrading || stream !== early || step !== 'book-train') return;
      tries += 1;
      throw new UpgradeUnderWayError('journey-stepped', 2);
    };
    const runtime = run({ concurrency: 1 });
    for (let round = 0; round < 10; round++) {
      await atRest(runtime);
      clock.advance(15_000);
    }
    for (const stream of others) expect(await story(stream)).toEqual(booked);
    // Once each time that its instant comes, and when it is called meanwhile.
    expect(tries).toBeGreaterThanOrEqual(10);
    expect(tries).toBeLessThan(20);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
    upgrading = false;
    await until(async () => (await story(early)).length === booked.length);
    expect(await story(early)).toEqual(booked);
  });

  it('all that stand still are found, page by page, counted, tried again and let go, however many they are', async () => {
    const metrics = new Registry();
    const runtime = run({ runs: () => false, metrics });
    await pool.query(
      `INSERT INTO process_managers.instances (organisation, process, stream, state, due_at, failures, error_code, stands_at, failed_at)
       SELECT $1, 'journey', 'journey-' || lpad(number::text, 32, '0'), 'stopped', $2, 8, 'Error', 'event/' || number,
              $2::timestamptz - interval '1 second' * (number / 3)
         FROM generate_series(1, 1203) number`,
      [organisation, clock.now()],
    );
    const pagesOf = async <T>(list: (after?: T) => Promise<T[]>): Promise<T[]> => {
      const found: T[] = [];
      for (let page = await list(); page.length > 0; page = await list(page.at(-1))) found.push(...page);
      return found;
    };
    const limit = 100;
    const letters = await pagesOf<ProcessDeadLetter>((after) =>
      runtime.deadLetters(organisation, { limit, ...(after ? { after } : {}) }),
    );
    expect(new Set(letters.map(({ stream }) => stream)).size).toBe(1_203);
    const instants = letters.map(({ failedAt }) => failedAt.getTime());
    expect(instants).toEqual([...instants].sort((one, other) => other - one));
    expect(await metrics.metrics()).toContain(
      'ardoise_process_dead_letters{organisation="mira",process="journey"} 1203',
    );
    const last = letters.at(-1)!;
    expect(await runtime.retry(organisation, 'journey', last.stream, 'event/0')).toBe(0);
    expect(await runtime.retry(organisation, 'journey', last.stream, last.standsAt)).toBe(1);
    for (const letter of letters.slice(900, 1_002)) expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    const dismissed = await pagesOf<ProcessDismissal>((after) =>
      runtime.dismissals(organisation, { limit: 10, ...(after ? { after } : {}) }),
    );
    expect(dismissed.map(({ stream }) => stream).sort()).toEqual(
      letters
        .slice(900, 1_002)
        .map(({ stream }) => stream)
        .sort(),
    );
  });

  it('an event that a process cannot take holds up that process, until it is passed over', async () => {
    const runtime = run();
    const [stream, next] = [await want(), await want()];
    await atRest(runtime);
    host.mistaken = true;
    await tellLog('journey-paid', { journey: stream });
    await follow(runtime);
    await until(async () => {
      clock.advance(1_000);
      return (await runtime.deadLetters(organisation, all)).length === 1;
    });
    host.mistaken = false;
    await tellLog('journey-paid', { journey: next });
    await atRest(runtime);
    expect((await story(next)).at(-1)).toBe('journey-settled yes');
    const [letter] = await runtime.deadLetters(organisation, all);
    expect(letter?.standsAt).toMatch(/^event\/[0-9a-f]{32}$/);
    expect(await runtime.dismiss(letter!, 'done-otherwise')).toBe(true);
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
  });

  it('what is remembered of processes can be lost: it is made again from the log, and nothing is done twice', async () => {
    const runtime = run();
    const streams = [await want(), await want()];
    await atRest(runtime);
    const before = store.log.length;
    await runtime.stop();
    await forget();
    const again = run();
    await follow(again, 0);
    await atRest(again);
    expect(store.log).toHaveLength(before);
    clock.advance(hour);
    for (const stream of streams) {
      await until(async () => (await story(stream)).length === lapsed.length);
      expect(host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
    }
  });

  it('nothing is done for an organisation that is not to be written, and all that was due once it is', async () => {
    let open = true;
    const runtime = run({ runs: () => open });
    const stream = await want();
    await atRest(runtime);
    open = false;
    runtime.lookNow();
    await until(async () => (await runtime.lanes()).length === 0);
    clock.advance(2 * hour);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await story(stream)).toEqual(booked);
    open = true;
    runtime.lookNow();
    await until(async () => (await story(stream)).length === lapsed.length);
  });

  it('a process whose person is erased ends with them', async () => {
    const runtime = run();
    const person = randomId();
    const stream = await want(person);
    await atRest(runtime);
    vault.fenced.add(person);
    clock.advance(hour);
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
    vault.end(person, 'destroyed');
    await follow(runtime, 0);
    await atRest(runtime);
    expect(await story(stream)).toHaveLength(booked.length);
    const { rows } = await pool.query('SELECT FROM process_managers.instances');
    expect(rows).toEqual([]);
  });

  it('a process that is called while it is looked at stays due', async () => {
    const leases = new LeaseTable(pool, 'process_managers.lanes', clock, 'one', 60_000);
    const instances = new Instances(pool, leases);
    const lease = (await leases.take(organisation, 'journey'))!;
    const find = async (): Promise<DueInstance[]> => instances.due(organisation, 'journey', clock.now(), 10);
    await instances.call(organisation, 'journey', 'journey-a', clock.now());
    const [seen] = await find();
    await instances.call(organisation, 'journey', 'journey-a', clock.now());
    for (const until of [new Date('2030-01-01'), undefined]) {
      await instances.rest(lease, seen!, until);
      expect(await find()).toHaveLength(1);
    }
    const [again] = await find();
    await instances.rest(lease, again!, new Date('2030-01-01'));
    expect(await find()).toEqual([]);
    await expect(instances.rest({ ...lease, fence: 0n }, again!, undefined)).rejects.toMatchObject({
      code: 'lease-lost',
    });
  });
});
