import { startTestServer, until, type TestServer } from '../../test/support/server';
import { searchDatabase } from '../../test/support/search';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import type { Receiver } from './spec-support/receiver';
import { WebhookDesk } from './spec-support/webhook-desk';

const hour = 3_600_000;

describe('webhooks over HTTP', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;
  let webhooks: WebhookDesk;
  let receiver: Receiver;

  beforeAll(async () => {
    server = await startTestServer({
      environment: { ARDOISE_WEBHOOK_RECEIVERS: 'any', ARDOISE_WEBHOOK_TIMEOUT_MS: '1000' },
    });
    desk = new EnrolmentDesk(server);
    webhooks = new WebhookDesk(server);
  });
  beforeEach(async () => (receiver = await webhooks.receiver()));
  afterEach(async () => {
    for (const { id } of ((await server.get('/webhooks')).body as { items: { id: string }[] }).items) {
      await server.post(`/webhooks/${id}/end`).expect(200);
    }
    await webhooks.close();
  });
  afterAll(() => server.close());

  it('tell what headers say in clear, signed, each event under an id made of its own', async () => {
    const { id, secret } = await webhooks.subscribe(receiver);
    const before = await server.platform.store.head('mira');
    await desk.person();
    await webhooks.empty(id);
    const logged = await server.platform.store.readLog('mira', before, 100);
    expect(receiver.arrived).toHaveLength(logged.length);
    expect(receiver.allSigned(secret)).toBe(true);
    expect(receiver.inOrder()).toBe(true);
    const [first] = receiver.arrived;
    expect(first?.id).toBe(`evt_${first?.body.data.event}`);
    expect(first?.sentAt).toEqual(server.clock.now());
    expect(receiver.arrived.map(({ text }) => text).join()).not.toMatch(/Camille|Durand|camille@|sections|request/);
    expect((await webhooks.deliveries(id)).every(({ state, status }) => state === 'delivered' && status === 204)).toBe(
      true,
    );
  });

  it('open what the role of their owner reads, and nothing beside it', async () => {
    const terms = { types: ['profile-value-recorded'], role: 'administration', categories: ['identity'] };
    const { id } = await webhooks.subscribe(receiver, terms);
    await desk.person();
    await webhooks.empty(id);
    const values = receiver.arrived.flatMap(({ body }) => body.data.sections ?? []).map(({ fields }) => fields.value);
    expect(values.sort()).toEqual(['1990-05-17', 'Camille', 'Durand']);
    expect(receiver.arrived).toHaveLength(4);
    expect(receiver.arrived.map(({ text }) => text).join()).not.toContain('camille@example.org');
    // What was opened is nowhere but with the receiver.
    for (const schemas of [['webhooks'], ['outbox'], ['reactions'], ['readers']]) {
      expect(await searchDatabase(server.platform.server.url, 'Camille', schemas)).toEqual([]);
    }
  });

  it.each([
    [
      'a category that the role does not read',
      { role: 'teaching', categories: ['billing'] },
      403,
      'categories-not-allowed',
    ],
    [
      'content for a role of some sessions',
      { role: 'trainer', categories: ['learning'] },
      403,
      'categories-not-allowed',
    ],
    ['content for nobody', { categories: ['learning'] }, 422, 'role-missing'],
    ['a role that there is not', { role: 'king', categories: ['learning'] }, 422, 'role-unknown'],
    ['a category that there is not', { role: 'dpo', categories: ['gossip'] }, 422, 'request-not-valid'],
    ['a type that there is not', { types: ['person-gossiped'] }, 422, 'event-type-unknown'],
    ['an address with a password', { url: 'https://a:b@example.org/' }, 422, 'receiver-address-wrong'],
    ['no address', { url: 'somewhere' }, 422, 'receiver-address-wrong'],
  ])('refuse %s', async (_, terms, status, code) => {
    const refused = await server.post('/webhooks', { url: receiver.url, types: ['*'], ...terms });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });

  it('show a secret once, and keep it sealed', async () => {
    const key = { 'idempotency-key': '7f1f3a62-6c3f-4a53-9d5c-0b6d7c1f2e11' };
    const made = await server.post('/webhooks', { url: receiver.url, types: ['*'] }, key).expect(201);
    const again = await server.post('/webhooks', { url: receiver.url, types: ['*'] }, key).expect(201);
    expect([again.body.id, again.body.secret, again.headers['idempotency-replayed']]).toEqual([
      made.body.id,
      undefined,
      'true',
    ]);
    expect((await server.get(`/webhooks/${made.body.id}`).expect(200)).text).not.toContain('whsec_');
    const secret = made.body.secret as string;
    for (const form of [secret, secret.slice(6), Buffer.from(secret.slice(6), 'base64').toString('hex')]) {
      expect(await searchDatabase(server.platform.server.url, form)).toEqual([]);
    }
  });

  it('bear both signatures while a secret is renewed', async () => {
    const { id, secret } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    const { body } = await server.post(`/webhooks/${id}/secret`, { overlapHours: 2 }).expect(201);
    await desk.course();
    await webhooks.empty(id);
    expect([receiver.allSigned(secret), receiver.allSigned(body.secret as string)]).toEqual([true, true]);
    server.clock.advance(2 * hour);
    receiver.arrived.length = 0;
    await desk.course();
    await webhooks.empty(id);
    expect([receiver.allSigned(secret), receiver.allSigned(body.secret as string)]).toEqual([false, true]);
  });

  it('reach a receiver that is slow, restarted, and fails for an hour: all, in order, doubles known by their id', async () => {
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created', 'profile-value-recorded'] });
    const position = await server.platform.store.head('mira');
    const wanted = ['course-created', 'profile-value-recorded'];
    const work = async (): Promise<void> => void (await Promise.all([desk.course(), desk.person(), desk.person()]));

    // It takes what it is sent and answers too late: it is sent again, under the same id.
    receiver.answer = (response) => void setTimeout(() => response.writeHead(200).end(), 1_500);
    await work();
    await until(() => Promise.resolve(receiver.arrived.length >= 1));
    await webhooks.tried(id);
    receiver.answer = (response) => response.writeHead(200).end();
    await webhooks.pass(id, 10 * 60_000);
    await webhooks.empty(id);
    expect(receiver.arrived.length).toBeGreaterThan(receiver.first().length);

    // It is away, and back.
    await receiver.stop();
    await work();
    await webhooks.pass(id, 5 * 60_000);
    await receiver.start();
    await webhooks.pass(id, 20 * 60_000);
    await webhooks.empty(id);

    // It fails for an hour, while work goes on.
    const healedAt = server.clock.now().getTime() + hour;
    receiver.answer = (response) => response.writeHead(server.clock.now().getTime() < healedAt ? 500 : 200).end();
    for (let quarter = 0; quarter < 4; quarter++) {
      await work();
      await webhooks.pass(id, hour / 4);
    }
    await webhooks.pass(id, hour / 2);
    await webhooks.empty(id);

    const logged = await server.platform.store.readLog('mira', position, 1_000);
    const events = logged
      .map(({ header }) => JSON.parse(header.toString('utf8')) as { id: string; type: string })
      .filter(({ type }) => wanted.includes(type));
    expect(events).toHaveLength(6 * 9);
    expect(
      receiver
        .first()
        .map(({ id: key }) => key)
        .sort(),
    ).toEqual(events.map((one) => `evt_${one.id}`).sort());
    expect(receiver.inOrder()).toBe(true);
    expect((await webhooks.deliveries(id)).every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('tell of a period again, under the ids of before', async () => {
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    const at: string[] = [];
    for (let course = 0; course < 4; course++) {
      server.clock.advance(hour);
      at.push(server.clock.now().toISOString());
      await desk.course();
    }
    await webhooks.empty(id);
    const ids = (await webhooks.deliveries(id)).map(({ id: key }) => key).reverse();
    receiver.arrived.length = 0;
    await server.post(`/webhooks/${id}/replays`, { from: at[1], until: at[3] }).expect(202);
    await until(() => Promise.resolve(receiver.arrived.length === 2));
    await webhooks.empty(id);
    expect(receiver.arrived.map(({ id: key }) => key).sort()).toEqual(ids.slice(1, 3).sort());
    expect((await webhooks.deliveries(id)).map(({ replays }) => replays)).toEqual([0, 1, 1, 0]);
    const empty = await server.post(`/webhooks/${id}/replays`, { from: at[1], until: at[1] });
    expect([empty.status, empty.body.code]).toEqual([422, 'period-empty']);
  });

  it('follow no redirection, and rest when a receiver says that it is gone', async () => {
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    const elsewhere = await webhooks.receiver();
    receiver.answer = (response) => response.writeHead(308, { location: elsewhere.url }).end();
    await desk.course();
    await until(async () => (await webhooks.deliveries(id))[0]?.code === 'receiver-redirects');
    expect(elsewhere.arrived).toEqual([]);
    receiver.answer = (response) => response.writeHead(410).end();
    server.clock.advance(hour);
    await until(async () => (await server.get(`/webhooks/${id}`)).body.state === 'paused');
    expect((await server.get(`/webhooks/${id}`)).body.pausedBecause).toBe('receiver-gone');
    receiver.answer = (response) => response.writeHead(200).end();
    await server.post(`/webhooks/${id}/resumption`).expect(200);
    server.clock.advance(hour);
    await webhooks.empty(id);
    expect((await webhooks.deliveries(id))[0]?.state).toBe('delivered');
  });

  it('have dead letters that are looked at, tried again and dismissed', async () => {
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    receiver.answer = (response) => response.writeHead(500).end();
    await desk.course();
    await desk.course();
    await webhooks.tried(id);
    server.clock.advance(73 * hour);
    await until(async () => {
      server.clock.advance(hour);
      await webhooks.tried(id);
      return (await webhooks.deliveries(id, '&state=dead')).length === 2;
    });
    receiver.answer = (response) => response.writeHead(200).end();
    const [last, first] = await webhooks.deliveries(id, '&state=dead');
    expect(last).toMatchObject({ code: 'receiver-refuses', status: 500, type: 'course-created' });
    const one = await server.post(`/webhooks/${id}/dead-letters/dismissal`, { delivery: last?.id }).expect(200);
    const rest = await server.post(`/webhooks/${id}/dead-letters/retry`).expect(200);
    expect([one.body.count, rest.body.count]).toEqual([1, 1]);
    await webhooks.empty(id);
    expect((await webhooks.deliveries(id)).map(({ id: key, state }) => [key, state])).toEqual([
      [last?.id, 'dismissed'],
      [first?.id, 'delivered'],
    ]);
  });

  it('are changed at the version that was read', async () => {
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    const change = { types: ['session-opened'] };
    await server.post(`/webhooks/${id}/revision`, change, { 'if-match': '"1"' }).expect(200);
    const stale = await server.post(`/webhooks/${id}/revision`, change, { 'if-match': '"1"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'version-stale']);
    const more = await server.post(`/webhooks/${id}/revision`, { role: 'teaching', categories: ['billing'] });
    expect([more.status, more.body.code]).toEqual([403, 'categories-not-allowed']);
    await server.get(`/webhooks/${'0'.repeat(32)}`).expect(404);
  });
});
