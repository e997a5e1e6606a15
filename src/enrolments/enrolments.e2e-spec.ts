import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from './spec-support/enrolment-desk';

describe('enrolments over HTTP', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;

  beforeAll(async () => {
    server = await startTestServer();
    desk = new EnrolmentDesk(server);
    await desk.open();
  });

  afterAll(() => server.close());

  const places = async (session: string): Promise<object> =>
    (await server.get(`/sessions/${session}`).expect(200)).body.places;

  it('fills a session, queues the rest, and gives a seat that comes free to the next', async () => {
    const session = await desk.session({ capacity: 2 });
    const enrolments: string[] = [];
    for (let n = 0; n < 4; n++) enrolments.push(await desk.approved(session));
    expect(await Promise.all(enrolments.map((id) => desk.state(id)))).toEqual([
      'confirmed',
      'confirmed',
      'waiting',
      'waiting',
    ]);
    expect(await places(session)).toEqual({ capacity: 2, free: 0, held: 0, confirmed: 2, queued: 2 });

    await server.post(`/enrolments/${enrolments[0]}/cancellation`, { reason: 'empêchement' }).expect(200);
    await server.settled();
    expect(await Promise.all(enrolments.map((id) => desk.state(id)))).toEqual([
      'cancelled',
      'confirmed',
      'confirmed',
      'waiting',
    ]);

    await server.post(`/sessions/${session}/revisions`, { ...desk.outline(), capacity: 3 }).expect(200);
    await server.settled();
    expect(await desk.state(enrolments[3] as string)).toBe('confirmed');
    const waiting = await server.get(`/sessions/${session}/enrolments?state=waiting`).expect(200);
    expect(waiting.body.items).toEqual([]);
    const shrunk = await server.post(`/sessions/${session}/revisions`, { ...desk.outline(), capacity: 2 });
    expect([shrunk.status, shrunk.body.code]).toEqual([409, 'capacity-below-taken']);
  });

  it('gives five places to five of twenty who are approved at once', async () => {
    const session = await desk.session({ capacity: 5 });
    const enrolments = await Promise.all(Array.from({ length: 20 }, () => desk.requested(session)));
    await Promise.all(enrolments.map((id) => server.post(`/enrolments/${id}/approval`).expect(200)));
    await server.settled();
    const states = await Promise.all(enrolments.map((id) => desk.state(id)));
    expect(states.filter((state) => state === 'confirmed')).toHaveLength(5);
    expect(states.filter((state) => state === 'waiting')).toHaveLength(15);
    expect(await places(session)).toEqual({ capacity: 5, free: 0, held: 0, confirmed: 5, queued: 15 });
  });

  it('transfers an enrolment: the old seat goes to the next, a new one is found', async () => {
    const [from, to] = [await desk.session({ capacity: 1 }), await desk.session({ capacity: 1 })];
    const [first, second] = [await desk.approved(from), await desk.approved(from)];
    await server.post(`/enrolments/${first}/transfer`, { session: to }).expect(200);
    await server.settled();
    const moved = await server.get(`/enrolments/${first}`).expect(200);
    expect(moved.body).toMatchObject({ state: 'confirmed', session: to });
    expect(await desk.state(second)).toBe('confirmed');
  });

  it('confirms an enrolment without session, and follows it to its end', async () => {
    const id = await desk.requested();
    const early = await server.post(`/enrolments/${id}/suspension`);
    expect([early.status, early.body.code]).toEqual([409, 'enrolment-not-confirmed']);
    await server.post(`/enrolments/${id}/approval`, { by: 'commission' }).expect(200);
    await server.settled();
    await server.post(`/enrolments/${id}/suspension`, { reason: 'congé' }).expect(200);
    await server.post(`/enrolments/${id}/resumption`).expect(200);
    await server.post(`/enrolments/${id}/realised-hours`, { hours: 12.5 }).expect(200);
    const ended = await server.post(`/enrolments/${id}/completion`, { outcome: 'completed', endedOn: '2026-02-27' });
    expect(ended.status).toBe(200);
    const { body } = await server.get(`/enrolments/${id}`).expect(200);
    expect(body).toMatchObject({ state: 'completed', endedOn: '2026-02-27', realisedHours: 12.5, invoices: [] });

    const event = ended.body.events[0];
    const reason = 'saisi pour une autre personne';
    await server.post(`/enrolments/${id}/corrections`, { event, action: 'annulled', reason }).expect(200);
    await server.settled();
    expect(await desk.state(id)).toBe('confirmed');
    const listed = await server.get(`/persons/${body.person}/enrolments`).expect(200);
    expect(listed.body.items).toMatchObject([{ id, state: 'confirmed', realisedHours: 12.5 }]);
  });

  it('records what is past as confirmed, where no seat has to be found', async () => {
    const open = await desk.session({ capacity: undefined });
    const past = { confirmed: true, occurredAt: '2025-11-03T08:00:00+01:00' };
    const { body } = await server.post('/enrolments', { ...(await desk.body(open)), ...past }).expect(201);
    const shown = await server.get(`/enrolments/${body.id}`).expect(200);
    expect(shown.body).toMatchObject({ state: 'confirmed', requestedAt: '2025-11-03T07:00:00.000Z' });
    const bounded = await desk.session({ capacity: 3 });
    const refused = await server.post('/enrolments', { ...(await desk.body(bounded)), confirmed: true });
    expect([refused.status, refused.body.code]).toEqual([409, 'seat-needed']);
  });

  it('refuses a second live enrolment in the same place, also when both come at once', async () => {
    const session = await desk.session({ capacity: 3 });
    const body = await desk.body(session);
    const both = await Promise.all([server.post('/enrolments', body), server.post('/enrolments', body)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    const refused = both.find(({ status }) => status === 409);
    expect(refused?.body.code).toBe('already-enrolled');
    const first = both.find(({ status }) => status === 201)?.body.id;
    await server.post(`/enrolments/${first}/withdrawal`).expect(200);
    await server.post('/enrolments', body).expect(201);
  });

  it('gives the first answer to a repeated command, and minds If-Match', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = await desk.body();
    const first = await server.post('/enrolments', body, key).expect(201);
    const again = await server.post('/enrolments', body, key).expect(201);
    expect(again.body).toEqual(first.body);
    const other = await server.post('/enrolments', { ...body, plannedHours: 1 }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    const stale = await server.post(`/enrolments/${first.body.id}/approval`, {}, { 'if-match': '"7"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-version']);
  });

  it.each([
    ['an unknown person', { person: '0'.repeat(32) }, 404, 'person-not-found'],
    ['an unknown course', { course: '0'.repeat(32) }, 404, 'course-not-found'],
    ['an unknown session', { session: '0'.repeat(32) }, 404, 'session-not-found'],
    ['shares that are not the whole', { funders: [{ kind: 'cpf', share: 5_000 }] }, 422, 'shares-not-whole'],
    ['a kind of trainee that nobody counts', { traineeKind: 'tourist' }, 422, 'request-not-valid'],
    ['negative hours', { plannedHours: -1 }, 422, 'request-not-valid'],
  ])('refuses %s', async (_, change, status, code) => {
    const refused = await server.post('/enrolments', { ...(await desk.body()), ...change });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });

  it('refuses a session of another course, a cancelled one, an invoice and an enrolment that are not there', async () => {
    const session = await desk.session({ capacity: 3 });
    const elsewhere = await server.post('/enrolments', { ...(await desk.body(session)), course: await desk.course() });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'session-of-other-course']);
    const early = await desk.requested(session);
    await server.post(`/sessions/${session}/cancellation`).expect(200);
    const cancelled = await server.post('/enrolments', await desk.body(session));
    expect([cancelled.status, cancelled.body.code]).toEqual([409, 'session-cancelled']);
    await server.post(`/enrolments/${early}/approval`).expect(200);
    await server.settled();
    expect(await desk.state(early)).toBe('refused');
    const id = await desk.requested();
    const invoice = await server.post(`/enrolments/${id}/invoices`, { invoice: '0'.repeat(32) });
    expect([invoice.status, invoice.body.code]).toEqual([404, 'invoice-not-found']);
    const unknown = await server.get(`/enrolments/${'0'.repeat(32)}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'enrolment-not-found']);
  });

  it('takes a batch, each line with an outcome of its own', async () => {
    const good = { ...(await desk.body()), idempotencyKey: randomUUID() };
    const lines = [good, good, { ...(await desk.body()), idempotencyKey: 'x' }, { ...good, person: 'nobody' }];
    const send = () =>
      server
        .http()
        .post('/v1/organisations/mira/enrolments/batch')
        .set('content-type', 'application/x-ndjson')
        .send(lines.map((line) => JSON.stringify(line)).join('\n'));
    const { status, text } = await send();
    expect(status).toBe(200);
    const outcomes = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(outcomes.map((outcome: { status: number }) => outcome.status)).toEqual([201, 201, 422, 422]);
    expect(outcomes[0].id).toBe(outcomes[1].id);
    const again = (await send()).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(again[0]).toMatchObject({ status: 201, id: outcomes[0].id, repeated: true });
  });

  it('pages the enrolments of a course', async () => {
    const course = await desk.course();
    for (let n = 0; n < 3; n++) await server.post('/enrolments', { ...(await desk.body()), course }).expect(201);
    const first = await server.get(`/courses/${course}/enrolments?limit=2`).expect(200);
    const rest = await server.get(`/courses/${course}/enrolments?limit=2&after=${first.body.next}`).expect(200);
    expect(first.body.items).toHaveLength(2);
    expect(rest.body.items).toHaveLength(1);
    expect(rest.body.next).toBeUndefined();
  });

  it('forgets: the seat of an erased person goes to the next, and the enrolment reads as erased', async () => {
    const session = await desk.session({ capacity: 1 });
    const [first, second] = [await desk.approved(session), await desk.approved(session)];
    const { body } = await server.get(`/enrolments/${first}`).expect(200);
    await server.post(`/persons/${body.person}/erasures`).expect(202);
    await server.settled();
    expect(await desk.state(second)).toBe('confirmed');
    const gone = await server.get(`/enrolments/${first}`);
    expect([gone.status, gone.body.code]).toEqual([410, 'erased']);
    const person = await server.get(`/persons/${body.person}/enrolments`);
    expect([person.status, person.body.code]).toEqual([410, 'person-erased']);
    const command = await server.post(`/enrolments/${first}/withdrawal`);
    expect([command.status, command.body.code]).toEqual([410, 'erased']);
    const list = await server.get(`/sessions/${session}/enrolments`).expect(200);
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([second]);
  });
});
