import { createTestDatabase } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completed, decideErasure, erased } from '../../../test/support/erasing';
import { startTestServer, until, type TestServer } from '../../../test/support/server';
import { createCourse, openSession, registerLearner, tellStory } from '../../../test/support/story';
import { ErasureProcesses } from './erasure-processes';
import { ErasureRunner } from './erasure-runner';
import { Participants } from './participants';

const runnerOf = (server: TestServer): ErasureRunner => server.app.get(ErasureRunner, { strict: false });
const processesOf = (server: TestServer): ErasureProcesses => server.app.get(ErasureProcesses, { strict: false });
const stateOf = async (server: TestServer, erasure: string): Promise<string> =>
  (await server.get(`/erasures/${erasure}`).expect(200)).body.state;

/** Types of the events of a stream. */
async function typesIn(server: TestServer, stream: string): Promise<string[]> {
  const stored = await server.platform.store.readStream('mira', stream);
  return stored.map(({ header }) => (JSON.parse(header.toString()) as { type: string }).type);
}

describe('erasures side by side', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.close());
  afterEach(() => jest.restoreAllMocks());

  it('one that fails is shown, tried again later, and holds back no other', async () => {
    const bad = await registerLearner(server, 'Bad');
    const good = await registerLearner(server, 'Good');
    const participants = server.app.get(Participants, { strict: false });
    const release = participants.release.bind(participants);
    const failing = jest.spyOn(participants, 'release').mockImplementation((organisation, persons) => {
      if (persons.includes(bad)) return Promise.reject(Object.assign(new Error('no'), { code: 'seat-stuck' }));
      return release(organisation, persons);
    });
    const first = await decideErasure(server, bad);
    await until(async () => (await processesOf(server).find('mira', first))?.failures === 1);
    await erased(server, good);
    expect(await processesOf(server).find('mira', first)).toMatchObject({ state: 'fenced', failures: 1 });
    const { body: shown } = await server.get(`/erasures/${first}`);
    expect(shown).toMatchObject({ state: 'fenced', failing: { code: 'seat-stuck', failures: 1 } });
    expect((await server.http().get('/health/ready').expect(200)).body.checks.processes).toBe('failing');
    const metrics = (await server.http().get('/metrics')).text;
    expect(metrics).toMatch(/ardoise_process_failing\{organisation="mira",process="erasures",state="fenced"\} 1/);
    // Not before its time, and later each time.
    await runnerOf(server).completeWaiting();
    expect(failing.mock.calls.filter(([, persons]) => persons.includes(bad))).toHaveLength(1);
    server.clock.advance(1_000);
    await until(async () => {
      await runnerOf(server).completeWaiting();
      return (await processesOf(server).find('mira', first))?.failures === 2;
    });
    const row = await processesOf(server).find('mira', first);
    expect((row?.next_try?.getTime() ?? 0) - server.clock.now().getTime()).toBe(5_000);
    failing.mockRestore();
    server.clock.advance(5_000);
    await completed(server, first);
    expect((await server.http().get('/health/ready')).body.checks.processes).toBe('up');
  });

  it('is not complete while somebody reads who began before, and gives up on the dead', async () => {
    const { readers } = server.platform;
    async function* slowly(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    const reading = readers.reading('export', 'mira', slowly);
    const dead = readers.reading('export', 'mira', slowly);
    const elsewhere = readers.reading('export', 'parene', slowly);
    for (const one of [reading, dead, elsewhere]) await one.next();
    const person = await registerLearner(server, 'Read');
    const erasure = await decideErasure(server, person);
    await until(async () => {
      await runnerOf(server).completeWaiting();
      return (await processesOf(server).find('mira', erasure))?.readers_mark != null;
    });
    const later = readers.reading('export', 'mira', slowly);
    await later.next();
    await server.settled();
    await runnerOf(server).completeWaiting();
    expect(await stateOf(server, erasure)).toBe('destroyed');
    server.clock.advance(61_000);
    await completed(server, erasure);
    await expect(dead.next()).rejects.toMatchObject({ code: 'reader-given-up' });
    await Promise.all([reading, elsewhere, later].map((one) => one.return(undefined)));
  });

  it('leaves the others of an event as they were: a trainer erased, the learner stays', async () => {
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    const learner = await tellStory(server, 'Kept', { course, session });
    const profileValues = [
      { name: 'given-name', value: 'Trainer' },
      { name: 'family-name', value: 'Trainer' },
      { name: 'email', value: 'trainer@example.org' },
    ];
    const registered = await server.post('/persons', { kinds: ['trainer'], profileValues });
    expect([registered.status, registered.body]).toMatchObject([201, { id: expect.any(String) as string }]);
    const trainer = registered.body.id as string;
    const { body: presences } = await server.get(`/enrolments/${learner.enrolment}/presences`).expect(200);
    const correction = { event: presences.items[0].event, action: 'corrected', leftAt: '2026-03-02T08:55:00Z' };
    const said = { ...correction, reason: 'retard', author: trainer };
    await server.post(`/enrolments/${learner.enrolment}/presence-corrections`, said).expect(200);
    await server.settled();
    const replay = async () => (await server.get(`/enrolments/${learner.enrolment}/replay`).expect(200)).body.events;
    const before: { type: string; sections: Record<string, { state: string }> }[] = await replay();
    const shared = before.findIndex(({ sections }) => Object.keys(sections).length > 1);
    expect(shared).toBeGreaterThan(-1);
    await erased(server, trainer);
    const after: typeof before = await replay();
    expect(after[shared]?.sections.learner).toEqual(before[shared]?.sections.learner);
    const states = Object.values(after[shared]?.sections ?? {}).map(({ state }) => state);
    expect(states.sort()).toEqual(['erased', 'open']);
  });
});

describe('erasures carried by several processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-erasures-'));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let servers: TestServer[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const shared = { databaseUrl: database.url, keysFolder: join(folder, 'keys') };
    servers = [await startTestServer(shared), await startTestServer(shared)];
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are each carried once, and a dead worker’s is taken over when its lease has lapsed', async () => {
    const [one, two] = servers as [TestServer, TestServer];
    const persons = await Promise.all(Array.from({ length: 6 }, (_, i) => registerLearner(one, `Many${i}`)));
    const erasures = await Promise.all(persons.map((person) => decideErasure(one, person)));
    await Promise.all(erasures.map((erasure, i) => completed(i % 2 === 0 ? one : two, erasure)));
    for (const erasure of erasures)
      expect(await typesIn(one, `erasure-${erasure}`)).toEqual(['erasure-decided', 'receipt-issued']);
    const named = (await typesIn(one, `vault-${'0'.repeat(32)}`)).filter((type) => type === 'keys-fenced');
    expect(named).toHaveLength(erasures.length);

    const erasure = await decideErasure(one, await registerLearner(one, 'Left'));
    await completed(one, erasure);
    const row =
      "UPDATE erasures.processes SET state = 'forgotten', completed_at = NULL, lease_fence = lease_fence + 1, ";
    const until = new Date(one.clock.now().getTime() + 30_000);
    await one.platform.pools.read.query(`${row} owner = 'dead', leased_until = $2 WHERE erasure = $1`, [
      erasure,
      until,
    ]);
    await Promise.all(servers.map((server) => runnerOf(server).completeWaiting()));
    expect((await processesOf(one).find('mira', erasure))?.state).toBe('forgotten');
    for (const server of servers) server.clock.advance(30_000);
    await Promise.all(servers.map((server) => runnerOf(server).completeWaiting()));
    expect((await processesOf(one).find('mira', erasure))?.state).toBe('completed');
  });

  it('that lost its lease can change nothing', async () => {
    const [one] = servers as [TestServer];
    const erasure = await decideErasure(one, await registerLearner(one, 'Lost'));
    await completed(one, erasure);
    const row = await processesOf(one).find('mira', erasure);
    if (!row) throw new Error('it is there');
    const stale = { ...row, lease_fence: String(Number(row.lease_fence) - 1) };
    await expect(processesOf(one).advance(stale, 'decided')).rejects.toMatchObject({ code: 'erasure-taken-over' });
    expect(await processesOf(one).renew(stale)).toBe(false);
  });

  it('are begun again where the memory of them is lost, and end with one receipt', async () => {
    const [one] = servers as [TestServer];
    const done = await decideErasure(one, await registerLearner(one, 'Done'));
    await completed(one, done);
    const open = await registerLearner(one, 'Open');
    const halted = jest
      .spyOn(one.app.get(Participants, { strict: false }), 'release')
      .mockRejectedValue(new Error('not now'));
    const halted2 = jest
      .spyOn((servers[1] as TestServer).app.get(Participants, { strict: false }), 'release')
      .mockRejectedValue(new Error('not now'));
    const erasure = await decideErasure(one, open);
    await until(async () => ((await processesOf(one).find('mira', erasure))?.failures ?? 0) > 0);
    halted.mockRestore();
    halted2.mockRestore();
    await one.platform.pools.read.query('TRUNCATE erasures.processes, erasures.recalled');
    const restarted = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
    try {
      await completed(restarted, erasure);
      expect(await typesIn(one, `erasure-${erasure}`)).toEqual(['erasure-decided', 'receipt-issued']);
      expect(await processesOf(one).find('mira', done)).toBeUndefined();
      const { body: receipt } = await restarted.get(`/erasures/${erasure}/receipt`).expect(200);
      expect(receipt).toMatchObject({ begunAgain: true });
      expect(receipt.units.length).toBeGreaterThan(0);
    } finally {
      await restarted.close();
    }
  });
});

describe('an erasure that the landed version had under way', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.close());

  it('goes on from destroyed keys, also when its receipt was made and issued', async () => {
    const erasure = await decideErasure(server, await registerLearner(server, 'Old'));
    await completed(server, erasure);
    const { body: receipt } = await server.get(`/erasures/${erasure}/receipt`);
    const { rows } = await server.platform.pools.read.query<{ person: string }>(
      `UPDATE erasures.processes SET state = 'destroyed', completed_at = NULL, readers_mark = NULL, decided_at = NULL,
              units = receipt->'units', kept = receipt->'kept', person = 'gone' RETURNING person`,
    );
    expect(rows).toHaveLength(1);
    await until(async () => {
      await runnerOf(server).completeWaiting();
      return (await processesOf(server).find('mira', erasure))?.state === 'completed';
    });
    expect(await typesIn(server, `erasure-${erasure}`)).toEqual(['erasure-decided', 'receipt-issued']);
    expect((await server.get(`/erasures/${erasure}/receipt`)).body).toEqual(receipt);
  });
});
