import { startTestServer as startDatabase, type TestServer as Database } from '@ardoise/testing';
import { randomUUID } from 'node:crypto';
import { startTestServer, until, type TestServer } from '../support/server';
import { registerLearner, storyCourse } from '../support/story';

describe('a database that goes away', () => {
  let database: Database;
  let server: TestServer;

  beforeAll(async () => {
    database = await startDatabase();
    server = await startTestServer({ databaseUrl: database.url });
  });

  afterAll(async () => {
    await server.close();
    await database.remove();
  });

  it('is answered with 503, loses nothing acknowledged, and work goes on by itself', async () => {
    const person = await registerLearner(server, 'Before');
    const key = { 'idempotency-key': randomUUID(), prefer: 'wait=1' };
    database.crash();
    const refused = await server.post('/courses', storyCourse, key);
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    expect(refused.headers['content-type']).toMatch(/problem\+json/);
    expect((await server.get(`/persons/${person}`)).status).toBe(503);
    expect((await server.http().get('/health/ready')).status).toBe(503);
    expect((await server.http().get('/health/live')).status).toBe(200);

    await database.start();
    await until(async () => (await server.http().get('/health/ready')).status === 200);
    const created = await server.post('/courses', storyCourse, { ...key, prefer: 'wait=20' });
    expect(created.status).toBe(201);
    await server.settled();
    expect((await server.get(`/courses/${created.body.id}`)).status).toBe(200);
    expect((await server.get(`/persons/${person}`)).status).toBe(200);
  });
});
