import { randomUUID } from 'node:crypto';
import { restingLog } from '../../test/support/engine';
import { startTestServer, type TestServer } from '../../test/support/server';

const course = {
  title: 'Premiers secours',
  modality: 'mixed',
  plannedHours: 14,
  modules: [{ key: 'm1', title: 'Protéger', plannedMinutes: 45 }],
  assessments: [{ key: 'final', title: 'Examen', kind: 'final-exam', maximumScore: 20, passMark: 10 }],
  completionRule: 'achieved',
  certification: { register: 'RS', code: 'RS5801' },
};

describe('courses over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  it('creates a course and shows it', async () => {
    const created = await server.post('/courses', course).expect(201);
    expect(created.headers.location).toBe(`/v1/organisations/mira/courses/${created.body.id}`);
    expect(created.headers.etag).toBe('"1"');
    const shown = await server.get(`/courses/${created.body.id}`).expect(200);
    expect(shown.body).toEqual({ id: created.body.id, version: 1, ...course });
    const list = await server.get('/courses?limit=1').expect(200);
    expect(list.body.items).toHaveLength(1);
  });

  it('gives the first answer to a repeated command, and refuses its key for another', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await server.post('/courses', course, key).expect(201);
    const again = await server.post('/courses', course, key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await server.post('/courses', { ...course, title: 'Autre' }, key).expect(422);
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('revises under If-Match', async () => {
    const { body } = await server.post('/courses', course).expect(201);
    const wider = { ...course, modules: [...course.modules, { key: 'm2', title: 'Alerter' }] };
    const stale = await server.post(`/courses/${body.id}/revisions`, wider, { 'if-match': '"7"' }).expect(412);
    expect(stale.body.code).toBe('stale-version');
    await server.post(`/courses/${body.id}/revisions`, wider, { 'if-match': '"1"' }).expect(200);
    const shown = await server.get(`/courses/${body.id}`).expect(200);
    expect(shown.body.modules).toHaveLength(2);
  });

  it.each([
    ['an unknown field', { ...course, colour: 'red' }, 422, 'request-not-valid', '/colour'],
    ['a wrong type', { ...course, plannedHours: 'many' }, 422, 'request-not-valid', '/plannedHours'],
    ['a too long text', { ...course, title: 'x'.repeat(201) }, 422, 'request-not-valid', '/title'],
    [
      'a wrong nested value',
      { ...course, modules: [{ key: 'M 1', title: 'x' }] },
      422,
      'request-not-valid',
      '/modules/0/key',
    ],
    [
      'a pass mark above the maximum',
      { ...course, assessments: [{ ...course.assessments[0], passMark: 21 }] },
      422,
      'pass-mark-above-maximum',
      '/assessments/0/passMark',
    ],
  ])('refuses %s, and says where', async (_, body, status, code, at) => {
    const before = await server.platform.store.head('mira');
    const refused = await server.post('/courses', body).expect(status);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.body).toMatchObject({ status, code });
    expect(refused.body.errors.map((error: { at: string }) => error.at)).toContain(at);
    expect(await server.platform.store.head('mira')).toBe(before);
  });

  it('refuses what cannot be read', async () => {
    const broken = await server
      .http()
      .post('/v1/organisations/mira/courses')
      .set('content-type', 'application/json')
      .send('{"title":');
    expect(broken.status).toBe(400);
    expect(broken.body.code).toBe('json-malformed');
    const media = await server
      .http()
      .post('/v1/organisations/mira/courses')
      .set('content-type', 'text/plain')
      .send('x');
    expect(media.status).toBe(415);
    const key = await server.post('/courses', course, { 'idempotency-key': 'not-a-uuid' });
    expect([key.status, key.body.code]).toEqual([400, 'idempotency-key-malformed']);
    const large = await server.post('/courses', { ...course, title: 'x'.repeat(1_100_000) });
    expect([large.status, large.body.code]).toEqual([413, 'body-too-large']);
    const modules = Array.from({ length: 200 }, (_, i) => ({ key: `m${i}`, title: 'é'.repeat(200) }));
    const header = await server.post('/courses', { ...course, modules });
    expect([header.status, header.body.code]).toEqual([422, 'header-too-large']);
  });

  it('names what is not there', async () => {
    const organisation = await server.http().get('/v1/organisations/nobody/courses');
    expect([organisation.status, organisation.body.code]).toEqual([404, 'organisation-not-found']);
    const unknown = await server.get(`/courses/${'0'.repeat(32)}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'course-not-found']);
    const noId = await server.get('/courses/xyz');
    expect([noId.status, noId.body.code]).toEqual([404, 'course-not-found']);
    const revise = await server.post(`/courses/${'0'.repeat(32)}/revisions`, course);
    expect([revise.status, revise.body.code]).toEqual([404, 'course-not-found']);
    const route = await server.http().get('/v2/nothing');
    expect([route.status, route.body.code]).toEqual([404, 'route-not-found']);
  });

  it('shows organisations, health, metrics and its own description', async () => {
    const list = await server.http().get('/v1/organisations').expect(200);
    expect(list.body.items.map((item: { organisation: string }) => item.organisation)).toEqual([
      'minairva',
      'mira',
      'miravolunex',
      'moniravique',
      'parene',
    ]);
    expect(list.body.items[0].policy).toBe(1);
    await server.http().get('/health/live').expect(200);
    const ready = await server.http().get('/health/ready').expect(200);
    expect(ready.body).toEqual({
      status: 'ok',
      checks: {
        log: 'up',
        vault: 'up',
        read: 'up',
        projections: 'up',
        reactions: 'up',
        organisations: 'up',
        processes: 'up',
        ledger: 'up',
        versions: 'up',
      },
      eventLog: { ...restingLog(), lag: expect.any(Number) },
      quarantined: {},
      unknownEvents: [],
    });
    const metrics = await server.http().get('/metrics').expect(200);
    expect(metrics.text).toMatch(/ardoise_projection_position/);
    const description = await server.http().get('/openapi.json').expect(200);
    expect(description.body.openapi).toMatch(/^3\.1/);
    await server.http().get('/docs').expect(200);
  });
});
