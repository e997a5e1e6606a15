import { startTestServer, until, type TestServer } from '../../test/support/server';
import { Seats } from '../sessions/seats';
import { offersOf } from './process/offers-of';
import { PlaceOffers } from './process/place-offers';
import { EnrolmentDesk } from './spec-support/enrolment-desk';

const hour = 3_600_000;

describe('places offered to those who wait', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;

  beforeAll(async () => {
    server = await startTestServer();
    desk = new EnrolmentDesk(server);
    await desk.open();
  });
  afterAll(() => server.close());

  /** A session of one place, which `first` has, and for which the others wait. */
  const full = async (waiting: number): Promise<{ session: string; first: string; others: string[] }> => {
    const session = await desk.session({ capacity: 1 });
    await server.post(`/sessions/${session}/answer-period`, { hours: 48 }).expect(200);
    const first = await desk.approved(session);
    const others: string[] = [];
    for (let number = 0; number < waiting; number++) others.push(await desk.approved(session));
    expect(await Promise.all([first, ...others].map((one) => desk.state(one)))).toEqual([
      'confirmed',
      ...others.map(() => 'waiting'),
    ]);
    return { session, first, others };
  };
  const offerOf = async (enrolment: string): Promise<{ phase?: string; decision?: string; answerBy?: string }> =>
    (await server.get(`/enrolments/${enrolment}/offer`)).body as object;
  const withdraw = async (enrolment: string): Promise<void> => {
    await server.post(`/enrolments/${enrolment}/withdrawal`).expect(200);
    await server.settled();
  };

  it('are asked about, and theirs when they say so', async () => {
    const { first, others } = await full(2);
    const [asked = '', next = ''] = others;
    await withdraw(first);
    const answerBy = new Date(server.clock.now().getTime() + 48 * hour).toISOString();
    expect(await offerOf(asked)).toMatchObject({ phase: 'open', answerBy });
    expect(await desk.state(asked)).toBe('waiting');
    await server.get(`/enrolments/${next}/offer`).expect(404);

    await server.post(`/enrolments/${asked}/offer/answer`, { answer: 'accepted' }).expect(200);
    await server.settled();
    expect(await desk.state(asked)).toBe('confirmed');
    expect(await offerOf(asked)).toMatchObject({ phase: 'closed', decision: 'accepted' });
    const again = await server.post(`/enrolments/${asked}/offer/answer`, { answer: 'declined' });
    expect([again.status, again.body.code]).toEqual([409, 'no-place-offered']);
  });

  it('go to the next when they are declined, and to the next when nobody answers in time', async () => {
    const { first, others, session } = await full(3);
    const [one = '', two = '', three = ''] = others;
    await withdraw(first);
    await server.post(`/enrolments/${one}/offer/answer`, { answer: 'declined' }).expect(200);
    await server.settled();
    expect(await desk.state(one)).toBe('withdrawn');
    expect(await offerOf(two)).toMatchObject({ phase: 'open' });

    server.clock.advance(48 * hour - 1);
    await server.settled();
    expect(await desk.state(two)).toBe('waiting');
    server.clock.advance(1);
    await until(async () => (await desk.state(two)) === 'cancelled');
    await server.settled();
    expect(await offerOf(two)).toMatchObject({ phase: 'closed', decision: 'lapsed' });
    expect(await offerOf(three)).toMatchObject({ phase: 'open' });
    const late = await server.post(`/enrolments/${two}/offer/answer`, { answer: 'accepted' });
    expect([late.status, late.body.code]).toEqual([409, 'no-place-offered']);
    const { body } = await server.get(`/sessions/${session}`).expect(200);
    expect(body.places).toMatchObject({ capacity: 1, held: 1, confirmed: 0, queued: 0 });
  });

  it('accepted by somebody who leaves at that moment, are taken back and go to the next', async () => {
    const { first, others } = await full(2);
    const [one = '', two = ''] = others;
    await withdraw(first);
    const seats = server.app.get(Seats, { strict: false });
    const spy = jest.spyOn(seats, 'confirm').mockImplementationOnce(async (...words) => {
      await server.post(`/enrolments/${one}/withdrawal`).expect(200);
      return Seats.prototype.confirm.apply(seats, words);
    });
    await server.post(`/enrolments/${one}/offer/answer`, { answer: 'accepted' }).expect(200);
    await until(async () => (await offerOf(one)).phase === 'closed');
    await server.settled();
    spy.mockRestore();
    expect(await desk.state(one)).toBe('withdrawn');
    expect(await offerOf(two)).toMatchObject({ phase: 'open' });
  });

  it.each(['waiting', 'confirmed'])(
    'declined, moved away and back: nothing of it is done to the second stay, which is %s',
    async (state) => {
      const { first, others, session } = await full(state === 'waiting' ? 2 : 1);
      const [one = '', two = ''] = others;
      await withdraw(first);
      const offers = server.app.get(PlaceOffers, { strict: false });
      const spy = jest.spyOn(offers, 'take').mockRejectedValue(new Error('cannot now'));
      await server.post(`/enrolments/${one}/offer/answer`, { answer: 'declined' }).expect(200);
      await until(() => Promise.resolve(spy.mock.calls.length > 0));
      for (const to of [await desk.session({ capacity: 1 }), session]) {
        await server.post(`/enrolments/${one}/transfer`, { session: to }).expect(200);
        // Of the process that cannot go on nothing settles.
        await server.settled();
      }
      expect(await desk.state(one)).toBe(state);
      spy.mockRestore();
      await until(async () => {
        server.clock.advance(hour / 60);
        return (await offerOf(one)).phase === 'closed';
      });
      await server.settled();
      expect(await desk.state(one)).toBe(state);
      const { places } = (await server.get(`/sessions/${session}`)).body as { places: object };
      expect(places).toMatchObject(state === 'waiting' ? { held: 1, queued: 1 } : { confirmed: 1, queued: 0 });
      if (state === 'waiting') expect(await offerOf(two)).toMatchObject({ phase: 'open' });
    },
  );

  it('go to the next when somebody is erased before they answer, and nothing comes of their deadline', async () => {
    const { first, others } = await full(2);
    const [one = '', two = ''] = others;
    await withdraw(first);
    const stream = await offersOf(server.platform.vault, 'mira', one);
    const ofOne = async (): Promise<number> => (await server.platform.store.readStream('mira', stream)).length;
    const before = await ofOne();
    expect(before).toBe(1);
    const { person } = (await server.get(`/enrolments/${one}`)).body as { person: string };
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    await server.get(`/enrolments/${one}/offer`).expect(410);
    expect(await offerOf(two)).toMatchObject({ phase: 'open' });
    await server.post(`/enrolments/${two}/offer/answer`, { answer: 'accepted' }).expect(200);
    server.clock.advance(100 * hour);
    await server.settled();
    expect(await desk.state(two)).toBe('confirmed');
    expect(await ofOne()).toBe(before);
  });
});
