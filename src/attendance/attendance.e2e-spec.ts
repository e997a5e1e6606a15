import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, openSession, registerLearner } from '../../test/support/story';

describe('attendance', () => {
  let server: TestServer;
  let enrolment: string;
  let session: string;

  beforeAll(async () => {
    server = await startTestServer({ organisation: 'parene' });
    const course = await createCourse(server);
    session = await openSession(server, course);
    enrolment = await enrol(server, await registerLearner(server, 'Ada'), course, session);
    server.clock.advance(4 * 3_600_000);
  });

  afterAll(() => server.close());

  const tell = (path: string, body: object) => server.post(`/enrolments/${enrolment}/${path}`, body);
  const presences = async () => (await server.get(`/enrolments/${enrolment}/presences`).expect(200)).body.items;

  it('MON-02 shows arrival and departure, in the session of the enrolment', async () => {
    const arrival = { arrivedAt: '2026-03-02T10:00:00+01:00', leftAt: '2026-03-02T11:30:00Z', halfDay: 'morning' };
    await tell('presences', arrival).expect(200);
    await tell('presences', { arrivedAt: '2026-03-02T12:00:00Z' }).expect(200);
    expect(await presences()).toMatchObject([
      { session, arrivedAt: '2026-03-02T09:00:00.000Z', leftAt: '2026-03-02T11:30:00.000Z', standing: 'regular' },
      { arrivedAt: '2026-03-02T12:00:00.000Z', counted: true, corrected: false },
    ]);
    const page = await server.get(`/enrolments/${enrolment}/presences?limit=1`).expect(200);
    const next = await server.get(`/enrolments/${enrolment}/presences?limit=1&after=${page.body.next}`).expect(200);
    expect([...page.body.items, ...next.body.items]).toEqual(await presences());
    expect(next.body.next).toBeUndefined();
  });

  it('takes a departure told later, and takes a presence back', async () => {
    const [, open] = await presences();
    const departure = { event: open.event, action: 'corrected', leftAt: '2026-03-02T12:45:00Z', reason: 'departure' };
    const { body } = await tell('presence-corrections', departure).expect(200);
    expect((await presences())[1]).toMatchObject({ leftAt: '2026-03-02T12:45:00.000Z', corrected: true });
    await tell('presence-corrections', { event: body.events[0], action: 'annulled', reason: 'no' }).expect(200);
    expect((await presences())[1].leftAt).toBeUndefined();
    await tell('presence-corrections', { event: open.event, action: 'annulled', reason: 'not there' }).expect(200);
    expect((await presences())[1]).toMatchObject({ annulled: true, counted: false });
  });

  it('refuses by name and place', async () => {
    for (const [path, body, status, code] of [
      ['presences', { arrivedAt: '2026-03-02T10:00:00Z', leftAt: '2026-03-02T10:00:00Z' }, 422, 'left-before-arrival'],
      ['presences', { arrivedAt: '2026-03-02T20:00:00Z' }, 422, 'presence-in-the-future'],
      ['presences', { arrivedAt: '2026-02-30T10:00:00Z' }, 422, 'request-not-valid'],
      [
        'presence-corrections',
        { event: '0'.repeat(32), action: 'annulled', reason: 'r' },
        422,
        'event-not-correctable',
      ],
      ['parked-presence-decisions', { presence: '0'.repeat(32), accepted: true }, 422, 'fact-not-parked'],
    ] as const) {
      const answer = await tell(path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, status, code]);
    }
  });

  it('parks a presence before the request, until it is accepted', async () => {
    const { body } = await tell('presences', { arrivedAt: '2026-03-01T10:00:00Z' }).expect(200);
    const [presence] = body.events;
    expect((await presences())[0]).toMatchObject({ event: presence, standing: 'parked', counted: false });
    await tell('parked-presence-decisions', { presence, accepted: true }).expect(200);
    expect((await presences())[0]).toMatchObject({ decision: 'accepted', counted: true });
  });
});
