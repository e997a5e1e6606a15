import { PostgresMovableLog, readEngine } from '@ardoise/event-store';
import { createPool } from '@ardoise/postgres';
import { randomUUID } from 'node:crypto';
import { EventSource } from '../src/changes/spec-support/event-source';
import { Sweep } from '../src/keys/sweep/sweep';
import { onPostgres } from './support/engine';
import { startTestServer, until, type TestServer } from './support/server';
import { createCourse, registerLearner, storyCourse } from './support/story';

/** What servers do whose log goes on elsewhere; the move itself is in log-copy.e2e-spec.ts. */
onPostgres('a server whose log was moved', () => {
  let server: TestServer;
  let pool: ReturnType<typeof createPool>;
  let log: PostgresMovableLog;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer({ environment: { ARDOISE_FEED_HEARTBEAT_MS: '50' } });
    const { url } = server.platform.server;
    pool = createPool(url, { applicationName: 'owner' });
    log = new PostgresMovableLog({ pool, store: server.platform.store });
    course = await createCourse(server);
  });
  afterAll(async () => {
    await pool.end();
    await server.close();
  });
  afterEach(() => log.open());

  const create = (key: string) => server.post('/courses', storyCourse, { 'idempotency-key': key });

  it('answers commands 503 with nothing done, and shows what there is', async () => {
    await log.close('EventStoreDB');
    const head = await server.platform.store.head('mira');
    const { body } = await create(randomUUID()).expect(503);
    expect(body).toMatchObject({ code: 'log-moved', status: 503 });
    await server.get(`/courses/${course}`).expect(200);
    expect(await server.platform.store.head('mira')).toBe(head);
  });

  it('leaves a command to be repeated as it is, to whoever goes on', async () => {
    const key = randomUUID();
    await log.close('EventStoreDB');
    await create(key).expect(503);
    await log.open();
    const first = await create(key).expect(201);
    const again = await create(key).expect(201);
    expect(again.body).toEqual(first.body);
  });

  it('stops no reaction and no erasure for good: they go on where the log goes on', async () => {
    const person = await registerLearner(server, 'Moved');
    await server.post(`/persons/${person}/erasures`).expect(202);
    await log.close('EventStoreDB');
    await server
      .post(`/persons/${person}/erasures`)
      .expect((answer) => expect([202, 409, 503]).toContain(answer.status));
    await log.open();
    await server.settled();
    await server.get(`/persons/${person}`).expect(410);
  });

  it('has remembered in the database where its records were begun', async () => {
    expect(await readEngine(pool)).toBe('postgres');
  });

  it('is not ready, and says where the log goes on', async () => {
    await server.http().get('/health/ready').expect(200);
    await log.close('EventStoreDB');
    const { body } = await server.http().get('/health/ready').expect(503);
    const detail: unknown = expect.stringMatching(/moved to EventStoreDB.*EVENT_STORE=eventstoredb and EVENTSTORE_URL/);
    expect(body).toMatchObject({
      status: 'unavailable',
      checks: { log: 'left' },
      moved: { code: 'log-moved', detail },
    });
    expect((await server.http().get('/metrics')).text).toContain('ardoise_log_left 1');
    await log.open();
    const { body: again } = await server.http().get('/health/ready').expect(200);
    expect([again.checks.log, again.moved]).toEqual(['up', undefined]);
  });

  it('gives every lane up, for those that run where the log goes on, and takes them when the move is given up', async () => {
    const lanes = ['read', 'ledger', 'reactions', 'process_managers', 'outbox'].map((schema) => `${schema}.lanes`);
    const held = async (): Promise<string[]> => {
      const union = lanes.map((table) => `SELECT '${table}' AS t FROM ${table} WHERE leased_until <> '-infinity'`);
      return (await pool.query<{ t: string }>(union.join(' UNION '))).rows.map(({ t }) => t).sort();
    };
    const before = ['ledger.lanes', 'process_managers.lanes', 'reactions.lanes', 'read.lanes'];
    const areHeld = async (): Promise<boolean> => (await held()).join() === before.join();
    await until(areHeld);
    await log.close('EventStoreDB');
    await until(async () => (await held()).length === 0);
    await log.open();
    await until(areHeld);
  });

  it('ends the feeds of those who listen, who come back to where it goes on', async () => {
    const live = new EventSource(`${server.url}/v1/organisations/mira/changes`);
    await live.connect();
    await log.close('EventStoreDB');
    expect(await live.next()).toMatchObject({ event: 'feed-ended', data: { reason: 'log-moved' } });
    live.close();
    // What a client saw elsewhere is not unknown here: it is not here.
    const { body } = await server.get('/changes').set('last-event-id', '999999').expect(503);
    expect(body.code).toBe('log-moved');
  });

  it('destroys no key because its own log does not name it', async () => {
    const { store } = server.platform;
    const append = store.append.bind(store);
    store.append = () => Promise.reject(new Error('it is recorded elsewhere'));
    const person = await registerLearner(server, 'Elsewhere').catch(() => undefined);
    expect(person).toBeUndefined();
    store.append = append;
    server.clock.advance(2 * 86_400_000);
    const sweep = () => server.app.get(Sweep, { strict: false }).run({ wait: () => Promise.resolve() });
    await log.close('EventStoreDB');
    expect(await sweep()).toMatchObject({ buried: 0 });
    await log.open();
    await server.platform.departure.look();
    expect((await sweep()).buried).toBeGreaterThan(0);
  });

  it('is not started on the side that was left', async () => {
    await log.close('EventStoreDB');
    const databaseUrl = server.platform.server.url;
    await expect(startTestServer({ databaseUrl })).rejects.toThrow(/was moved to EventStoreDB, or is being moved/);
  });
});
