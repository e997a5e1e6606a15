import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '@ardoise/format';
import { startTestServer as startDatabase, type TestServer as Database } from '@ardoise/testing';
import type { SignedReceipt } from '../../src/erasures/receipts/receipt';
import { erasureSteps } from '../../src/erasures/process/erasure-steps';
import { placesOf } from '../support/engine';
import { erased } from '../support/erasing';
import { startTestServer, until, type TestServer } from '../support/server';
import { createCourse, openSession, tellStory } from '../support/story';
import { SteppingServer } from './stepping-server';

const organisation = 'mira';
const base = `/v1/organisations/${organisation}`;
const minute = 60_000;
jest.setTimeout(10 * minute);

/** A person with a story, and what the vault held of them before their erasure. */
interface Subject {
  readonly person: string;
  readonly streams: readonly string[];
  /** Unit id and category. */
  readonly units: ReadonlyMap<string, string>;
}

/** What an erasure leaves of a person; the same for all who had the same story. */
interface Left {
  readonly state: string | undefined;
  /** Types of the events, stream by stream. */
  readonly streams: readonly string[];
  readonly units: readonly string[];
  /** How often the log names each of the ended units. */
  readonly named: readonly number[];
  readonly receipts: number;
  readonly receipt: { readonly units: number; readonly kept: readonly string[] };
}

describe('an erasure that is killed right after each of its steps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-sweep-'));
  const keysFolder = join(folder, 'keys');
  const subjects: Subject[] = [];
  const erasures: string[] = [];
  let database: Database;
  let running: SteppingServer | undefined;
  let ahead = 0;

  beforeAll(async () => {
    database = await startDatabase();
    const server = await inProcess();
    const course = await createCourse(server);
    const session = await openSession(server, course, erasureSteps.length + 5);
    for (let i = 0; i < erasureSteps.length + 2; i++) subjects.push(await subject(server, course, session, `S${i}`));
    // The first without a fault: what the others are compared with. The last stays.
    erasures.push(await erased(server, (subjects[0] as Subject).person));
    await server.close();
    running = await stepping();
  });

  afterAll(async () => {
    await running?.kill();
    await database.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const inProcess = (): Promise<TestServer> =>
    startTestServer({
      organisation,
      databaseUrl: database.url,
      keysFolder,
      now: new Date(Date.now() + (ahead += minute)).toISOString(),
    });

  const stepping = async (): Promise<SteppingServer> =>
    SteppingServer.start(
      {
        ...(await placesOf(database.url)),
        ARDOISE_DATA: join(folder, 'data'),
        ARDOISE_KEYS: keysFolder,
        ARDOISE_KEY_LEASE_MS: '0',
        LOG_LEVEL: 'silent',
      },
      (ahead += minute),
    );

  async function subject(server: TestServer, course: string, session: string, name: string): Promise<Subject> {
    const { person } = await tellStory(server, name, { course, session });
    await server.settled();
    const units = await server.platform.vault.unitsOf(organisation, [person]);
    return {
      person,
      streams: [...new Set(units.map(({ stream }) => stream))],
      units: new Map(units.map(({ unit, category }) => [unit, category])),
    };
  }

  it.each(erasureSteps.map((step, i) => [step, i + 1] as const))('%s: goes on to its end', async (step, i) => {
    const { person } = subjects[i] as Subject;
    const before = running as SteppingServer;
    await before.killAt(step);
    const [path, key] = [`${base}/persons/${person}/erasures`, randomUUID()];
    const decided = await before.post<{ id: string }>(path, key);
    await before.died(step);
    running = await stepping();
    const { id = '' } = decided ?? (await running.post<{ id: string }>(path, key)) ?? {};
    erasures.push(id);
    const state = async () =>
      ((await running?.get<{ state: string }>(`${base}/erasures/${id}`)) ?? { state: '' }).state;
    await until(async () => (await state()) === 'completed');
  });

  it('leaves the same as without a fault, with one receipt each, and everybody else as they were', async () => {
    await running?.kill();
    const server = await inProcess();
    try {
      await server.settled();
      const [reference, ...others] = await Promise.all(
        erasures.map((id, i) => left(server, subjects[i] as Subject, id)),
      );
      expect(reference).toMatchObject({ state: 'erased', receipts: 1 });
      expect(reference?.named.every((times) => times === 1)).toBe(true);
      expect(others).toHaveLength(erasureSteps.length);
      others.forEach((one, i) => expect([erasureSteps[i], one]).toEqual([erasureSteps[i], reference]));
      const bystander = subjects.at(-1) as Subject;
      const entries = await server.platform.vault.unitsOf(organisation, [bystander.person]);
      expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(['active']));
      await server.get(`/persons/${bystander.person}`).expect(200);
      const live = await server.platform.projections.digest(organisation);
      expect((await server.platform.projections.rebuild()).switched).toBe(true);
      expect(await server.platform.projections.digest(organisation)).toBe(live);
    } finally {
      await server.close();
    }
  });

  async function left(server: TestServer, { person, streams, units }: Subject, erasure: string): Promise<Left> {
    const { store, vault, pools } = server.platform;
    const typesIn = async (stream: string): Promise<string[]> =>
      (await store.readStream(organisation, stream)).map(({ header }) => readHeader(header).type);
    const { rows } = await pools.vault.query<{ unit: string; state: string }>(
      `SELECT replace(unit::text, '-', '') AS unit, state FROM vault.units WHERE unit = ANY($1::uuid[])`,
      [[...units.keys()]],
    );
    const { body: receipt } = await server.get(`/erasures/${erasure}/receipt`).expect(200);
    const { units: ended, kept } = receipt as SignedReceipt;
    const keyring = await store.readStream(organisation, `vault-${'0'.repeat(32)}`);
    const named = keyring.flatMap(({ header }) => (readHeader(header).facts.units ?? []) as [string, string][]);
    const own = await typesIn(`erasure-${erasure}`);
    return {
      state: (await vault.person(organisation, person))?.state,
      streams: (await Promise.all(streams.map(typesIn))).map((types) => types.join(' ')).sort(),
      units: rows.map(({ unit, state }) => `${units.get(unit)} ${state}`).sort(),
      named: ended.map(([unit]) => named.filter(([one]) => one === unit).length),
      receipts: own.filter((type) => type === 'receipt-issued').length,
      receipt: {
        units: ended.length,
        kept: kept.map(({ category, ground, until: end }) => `${category} ${ground} ${end}`).sort(),
      },
    };
  }
});
