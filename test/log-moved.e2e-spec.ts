import { PostgresMovableLog } from '@ardoise/event-store';
import { createPool } from '@ardoise/postgres';
import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, registerLearner, storyCourse } from './support/story';

/** What servers do whose log goes on elsewhere; the move itself is in log-copy.e2e-spec.ts. */
describe('a server whose log was moved', () => {
  let server: TestServer;
  let pool: ReturnType<typeof createPool>;
  let log: PostgresMovableLog;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer();
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

  it('is not started on the side that was left', async () => {
    await log.close('EventStoreDB');
    const databaseUrl = server.platform.server.url;
    await expect(startTestServer({ databaseUrl })).rejects.toThrow(/was moved to EventStoreDB, or is being moved/);
  });
});
