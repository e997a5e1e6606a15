import { startTestServer, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';

describe('sessions over HTTP', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer();
    desk = new EnrolmentDesk(server);
    course = await desk.course();
  });

  afterAll(() => server.close());

  it('opens a session and shows it with its places', async () => {
    const body = { ...desk.outline(), course, capacity: 12 };
    const opened = await server.post('/sessions', body).expect(201);
    const shown = await server.get(`/sessions/${opened.body.id}`).expect(200);
    expect(shown.headers.etag).toBe('"1"');
    expect(shown.body).toEqual({
      id: opened.body.id,
      version: 1,
      ...body,
      capacity: undefined,
      cancelled: false,
      places: { capacity: 12, free: 12, held: 0, confirmed: 0, queued: 0 },
      trainers: [],
    });
    const open = await server.post('/sessions', { ...desk.outline(), course }).expect(201);
    const unbounded = await server.get(`/sessions/${open.body.id}`).expect(200);
    expect(unbounded.body.places).toEqual({ held: 0, confirmed: 0, queued: 0 });
  });

  it('lists sessions by their first day, page by page', async () => {
    const other = await desk.course();
    for (const day of ['2026-05-11', '2026-04-13', '2026-06-08']) {
      await server.post('/sessions', { ...desk.outline(), course: other, startsOn: day, endsOn: day }).expect(201);
    }
    const first = await server.get(`/sessions?course=${other}&limit=2`).expect(200);
    const rest = await server.get(`/sessions?course=${other}&limit=2&after=${first.body.next}`).expect(200);
    const days = [...first.body.items, ...rest.body.items].map(({ startsOn }: { startsOn: string }) => startsOn);
    expect(days).toEqual(['2026-04-13', '2026-05-11', '2026-06-08']);
  });

  it.each([
    ['an unknown course', { course: '0'.repeat(32) }, 404, 'course-not-found'],
    ['an end before the start', { endsOn: '2026-03-15' }, 422, 'ends-before-start'],
    ['a day that is none', { startsOn: '2026-02-30' }, 422, 'request-not-valid'],
    ['no seat at all', { capacity: 0 }, 422, 'request-not-valid'],
    ['an unknown field', { colour: 'red' }, 422, 'request-not-valid'],
  ])('refuses %s', async (_, change, status, code) => {
    const refused = await server.post('/sessions', { ...desk.outline(), course, ...change });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });

  it('assigns and releases a trainer, and forgets who it was', async () => {
    const { body } = await server.post('/sessions', { ...desk.outline(), course }).expect(201);
    const trainers = `/sessions/${body.id}/trainers`;
    const [person, other] = [await desk.person(), await desk.person()];
    const assigned = await server.post(trainers, { person, role: 'formatrice' }).expect(200);
    const again = await server.post(trainers, { person, role: 'formatrice' });
    expect([again.status, again.body.code]).toEqual([409, 'trainer-assigned-already']);
    await server.post(trainers, { person: other, role: 'jury' }).expect(200);
    const assignment = assigned.body.events[0];
    const shown = await server.get(`/sessions/${body.id}`).expect(200);
    expect(shown.body.trainers).toContainEqual({ assignment, person, role: 'formatrice' });

    await server.post(`${trainers}/release`, { assignment }).expect(200);
    const twice = await server.post(`${trainers}/release`, { assignment });
    expect([twice.status, twice.body.code]).toEqual([404, 'assignment-not-found']);
    await server.post(`/persons/${other}/erasures`).expect(202);
    await server.settled();
    const left = await server.get(`/sessions/${body.id}`).expect(200);
    expect(left.body.trainers).toEqual([]);
    const gone = await server.post(trainers, { person: other, role: 'jury' });
    expect([gone.status, gone.body.code]).toEqual([409, 'person-erased']);
  });

  it('revises under If-Match and cancels once', async () => {
    const { body } = await server.post('/sessions', { ...desk.outline(), course }).expect(201);
    const revision = { ...desk.outline(), title: 'Groupe du soir' };
    const stale = await server.post(`/sessions/${body.id}/revisions`, revision, { 'if-match': '"7"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-version']);
    await server.post(`/sessions/${body.id}/revisions`, revision, { 'if-match': '"1"' }).expect(200);
    await server.post(`/sessions/${body.id}/cancellation`).expect(200);
    const shown = await server.get(`/sessions/${body.id}`).expect(200);
    expect(shown.body).toMatchObject({ title: 'Groupe du soir', cancelled: true, version: 3 });
    const again = await server.post(`/sessions/${body.id}/cancellation`);
    expect([again.status, again.body.code]).toEqual([409, 'session-cancelled']);
    const unknown = await server.get(`/sessions/${'0'.repeat(32)}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'session-not-found']);
  });
});
