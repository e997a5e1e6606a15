import { randomUUID } from 'node:crypto';
import { Recorder } from '@ardoise/decider';
import { randomId } from '@ardoise/format';
import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { type AnyEvent, EventRegistry, Opener, Sealer } from '@ardoise/sealing';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { AppendingStore } from '../../testing/appending-store';
import { FakeVault } from '../../testing/fake-vault';
import { type ProcessManagerOptions, processManagerMigrations, ProcessManagerRuntime } from '..';
import { journeyDeclarations, JourneyHost, journeyStream } from './journey';

export const organisation = 'mira';
export const hour = 3_600_000;

/** A log, a database and journeys for a spec; made anew for each of its tests. */

export function journeyDesk() {
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
  return {
    ...{ run, follow, until, atRest, tellLog, want, story, forget, booked, lapsed },
    get clock() {
      return clock;
    },
    get host() {
      return host;
    },
    get vault() {
      return vault;
    },
    get pool() {
      return pool;
    },
    get store() {
      return store;
    },
  };
}
