import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/support/server';

const asked = {
  purpose: 'marketing',
  wording: 'Souhaitez-vous recevoir des informations sur les formations MIRA ?',
  channel: 'web',
};
const given = { ...asked, choice: 'given' };
const nobody = '0'.repeat(32);

describe('consents over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(() => server.clock.set(new Date('2026-03-02T09:00:00.000Z')));

  afterAll(() => server.close());

  const visitor = async (): Promise<string> =>
    (await server.post('/persons', { kinds: ['visitor'] }).expect(201)).body.id;
  const give = async (person: string, changes: object = {}): Promise<string> =>
    (await server.post(`/persons/${person}/consents`, { ...given, ...changes }).expect(201)).body.id;
  const withdraw = (consent: string) => server.post(`/consents/${consent}/withdrawal`, { channel: 'email' });
  const stateOf = async (person: string, purpose = 'marketing') => {
    const { body } = await server.get(`/persons/${person}/consents`).expect(200);
    return body.items.find((item: { purpose: string }) => item.purpose === purpose);
  };

  it('MIRA-21: no choice yet is a state of its own', async () => {
    const person = await visitor();
    const { body } = await server.get(`/persons/${person}/consents`).expect(200);
    expect(body.items).toEqual([
      { purpose: 'marketing', label: expect.any(String), state: 'no-choice-yet', history: [] },
      { purpose: 'trackers-performance', label: expect.any(String), state: 'no-choice-yet', history: [] },
    ]);
  });

  it('MIRA-02: takes a consent, its withdrawal without a reason, and the consent anew', async () => {
    const person = await visitor();
    const created = await server.post(`/persons/${person}/consents`, given).expect(201);
    const { id } = created.body;
    expect(created.headers.location).toBe(`/v1/organisations/mira/consents/${id}`);
    expect(await stateOf(person)).toMatchObject({ state: 'given', consent: id });
    server.clock.advance(60_000);
    await withdraw(id).expect(200);
    expect(await stateOf(person)).toMatchObject({ state: 'withdrawn', consent: id });
    server.clock.advance(60_000);
    const anew = await give(person);
    expect(anew).not.toBe(id);
    const { state, consent, history } = await stateOf(person);
    expect([state, consent]).toEqual(['given', anew]);
    const proof = { policyVersion: 1, wording: asked.wording, channel: 'web', source: 'staff', person };
    expect(history).toMatchObject([
      { choice: 'given', consent: id, occurredAt: '2026-03-02T09:00:00.000Z', ...proof },
      { choice: 'withdrawn', consent: id, occurredAt: '2026-03-02T09:01:00.000Z', channel: 'email' },
      { choice: 'given', consent: anew, occurredAt: '2026-03-02T09:02:00.000Z', ...proof },
    ]);
    expect(history[1]).not.toHaveProperty('wording');
    const one = await server.get(`/consents/${id}`).expect(200);
    expect(one.headers.etag).toBe('"2"');
    expect(one.body).toMatchObject({ id, version: 2, person, purpose: 'marketing', state: 'withdrawn' });
    expect(one.body.history).toHaveLength(2);
  });

  it('refuses a second consent while one is live, also to two who ask at once', async () => {
    const person = await visitor();
    const answers = await Promise.all([1, 2, 3].map(() => server.post(`/persons/${person}/consents`, given)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('consent-live');
    const refusal = await server.post(`/persons/${person}/consents`, { ...asked, choice: 'refused' }).expect(409);
    expect(refusal.body.code).toBe('consent-live');
    await give(person, { purpose: 'trackers-performance' });
  });

  it('gives the first answer to a repeated command, and refuses its key for another', async () => {
    const person = await visitor();
    const key = { 'idempotency-key': randomUUID() };
    const first = await server.post(`/persons/${person}/consents`, given, key).expect(201);
    const again = await server.post(`/persons/${person}/consents`, given, key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await server.post(`/persons/${person}/consents`, { ...given, channel: 'paper' }, key).expect(422);
    expect(other.body.code).toBe('idempotency-key-reused');
    const end = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const path = `/consents/${first.body.id}/withdrawal`;
    await server.post(path, { channel: 'web' }, { 'if-match': '"2"' }).expect(412);
    const withdrawn = await server.post(path, { channel: 'web' }, end).expect(200);
    const repeated = await server.post(path, { channel: 'web' }, end).expect(200);
    expect(repeated.body).toEqual(withdrawn.body);
  });

  it('takes a refusal, and a consent after it', async () => {
    const person = await visitor();
    const id = await give(person, { choice: 'refused' });
    expect((await stateOf(person)).state).toBe('refused');
    const none = await withdraw(id).expect(409);
    expect(none.body.code).toBe('consent-not-given');
    server.clock.advance(1000);
    await give(person);
    expect((await stateOf(person)).state).toBe('given');
  });

  it('ends a consent by itself when its time is over', async () => {
    const person = await visitor();
    const id = await give(person, { purpose: 'trackers-performance' });
    const expire = () => server.post(`/consents/${id}/expiry`, { channel: 'schedule', source: 'system' });
    expect((await expire().expect(409)).body.code).toBe('consent-not-expired');
    expect((await server.post(`/consents/${await give(person)}/expiry`, { channel: 'x' })).body.code).toBe(
      'consent-does-not-expire',
    );
    server.clock.set(new Date('2027-04-02T22:00:00.000Z'));
    expect(await stateOf(person, 'trackers-performance')).toMatchObject({
      state: 'expired',
      since: '2027-04-02T22:00:00.000Z',
    });
    expect((await server.get(`/consents/${id}`)).body.state).toBe('expired');
    await expire().expect(200);
    expect((await withdraw(id).expect(409)).body.code).toBe('consent-ended');
    await give(person, { purpose: 'trackers-performance' });
    expect((await stateOf(person, 'trackers-performance')).state).toBe('given');
  });

  it('withdraws for the purpose: of a visitor who turned out to be a learner, both consents end', async () => {
    const [person, duplicate] = [await visitor(), await visitor()];
    const [one, other] = [await give(person), await give(duplicate)];
    await server.post(`/persons/${duplicate}/merge`, { into: person }).expect(200);
    expect((await server.post(`/persons/${person}/consents`, given)).body.code).toBe('consent-live');
    server.clock.advance(1000);
    await withdraw(one).expect(200);
    expect((await server.get(`/consents/${other}`)).body.state).toBe('withdrawn');
    for (const id of [person, duplicate]) expect((await stateOf(id)).state).toBe('withdrawn');
  });

  it('MVX-26: keeps a notice that was seen apart from every consent', async () => {
    const person = await visitor();
    const seen = { notice: 'policy-2026', channel: 'web' };
    const key = { 'idempotency-key': randomUUID() };
    const created = await server.post(`/persons/${person}/notices`, seen, key).expect(201);
    expect((await server.post(`/persons/${person}/notices`, seen, key).expect(201)).body).toEqual(created.body);
    const shown = await server
      .http()
      .get(created.headers.location as string)
      .expect(200);
    expect(shown.body).toMatchObject({ id: created.body.id, person, policyVersion: 1, ...seen });
    expect((await server.get(`/persons/${person}/notices`)).body.items).toEqual([shown.body]);
    expect((await stateOf(person)).state).toBe('no-choice-yet');
    await server.get(`/persons/${person}/notices/${nobody}`).expect(404);
  });

  it.each([
    ['a purpose that rests on no consent', { purpose: 'payments' }, 'purpose-not-by-consent', '/purpose'],
    ['a policy version that is not yet', { policyVersion: 9 }, 'policy-version-unknown', '/policyVersion'],
    ['a withdrawal as an answer', { choice: 'withdrawn' }, 'request-not-valid', '/choice'],
    ['no wording', { wording: '' }, 'request-not-valid', '/wording'],
    ['a reason that nobody asks for', { reason: 'CANARY' }, 'request-not-valid', '/reason'],
  ])('refuses %s, and says where', async (_, changes, code, at) => {
    const person = await visitor();
    const refused = await server.post(`/persons/${person}/consents`, { ...given, ...changes }).expect(422);
    expect(refused.body.code).toBe(code);
    expect(refused.body.errors.map((error: { at: string }) => error.at)).toContain(at);
    expect(JSON.stringify(refused.body)).not.toContain('CANARY');
  });

  it('names what it does not know, and says of an erased person that they are erased', async () => {
    expect((await server.get(`/persons/${nobody}/consents`).expect(404)).body.code).toBe('person-not-found');
    expect((await server.post(`/persons/${nobody}/consents`, given).expect(404)).body.code).toBe('person-not-found');
    expect((await withdraw(nobody).expect(404)).body.code).toBe('consent-not-found');
    expect((await server.get(`/consents/${nobody}`).expect(404)).body.code).toBe('consent-not-found');
    const person = await visitor();
    const id = await give(person);
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    for (const path of [`/persons/${person}/consents`, `/persons/${person}/notices`]) {
      expect((await server.get(path).expect(410)).body.code).toBe('person-erased');
    }
    expect((await server.get(`/consents/${id}`).expect(410)).body.code).toBe('erased');
    expect((await server.post(`/persons/${person}/consents`, given).expect(409)).body.code).toBe('person-erased');
  });
});
