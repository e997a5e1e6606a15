import { decideErasure, completed, erased } from '../../test/support/erasing';
import { searchDatabase } from '../../test/support/search';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import { WebhookOutbox } from './outbox/webhook-outbox';
import type { Arrived, Receiver } from './spec-support/receiver';
import { WebhookDesk } from './spec-support/webhook-desk';

const identity = { types: ['profile-value-recorded'], role: 'administration', categories: ['identity'] };

describe('receivers that were given data (article 19 GDPR)', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;
  let webhooks: WebhookDesk;
  let receiver: Receiver;
  let webhook: string;

  beforeEach(async () => {
    server = await startTestServer({ environment: { ARDOISE_WEBHOOK_RECEIVERS: 'any' } });
    desk = new EnrolmentDesk(server);
    webhooks = new WebhookDesk(server);
    receiver = await webhooks.receiver();
    webhook = (await webhooks.subscribe(receiver, identity)).id;
  });
  afterEach(async () => {
    await webhooks.close();
    await server.close();
  });

  const unitsGiven = (): string[] =>
    receiver.arrived
      .flatMap(({ body }) => (body.data.sections ?? []) as unknown as { readonly unit: string }[])
      .map(({ unit }) => unit);
  const told = (type: string): Arrived[] => receiver.arrived.filter(({ body }) => body.type === type);
  const canary = (): Promise<unknown> => searchDatabase(server.platform.server.url, 'Camille', ['webhooks', 'outbox']);

  it('are told of an erasure by the units that they were given, and are not given the data again', async () => {
    const person = await desk.person();
    await webhooks.empty(webhook);
    expect(unitsGiven()).toHaveLength(3);
    await erased(server, person);
    await webhooks.empty(webhook);
    const notices = told('data.erased');
    expect(notices).toHaveLength(1);
    expect([...(notices[0]?.body.data.units ?? [])].sort()).toEqual(unitsGiven().sort());
    expect(notices[0]?.id).toMatch(/^era_[0-9a-f]{32}$/);
    expect(notices[0]?.text).not.toMatch(/Camille|Durand|1990/);
    expect(notices[0]?.text).not.toContain(person);
    expect(await searchDatabase(server.platform.server.url, 'Camille')).toEqual([]);
  });

  it('are told of it also when the webhook has ended', async () => {
    const person = await desk.person();
    await webhooks.empty(webhook);
    await server.post(`/webhooks/${webhook}/end`).expect(200);
    await desk.person();
    await erased(server, person);
    await webhooks.empty(webhook);
    expect(told('data.erased')).toHaveLength(1);
    expect(told('profile-value-recorded')).toHaveLength(4);
  });

  it('are not given what was erased while it waited for them', async () => {
    receiver.answer = (response) => response.writeHead(503).end();
    const person = await desk.person();
    await webhooks.tried(webhook);
    expect(await canary()).toEqual([]);
    await erased(server, person);
    receiver.arrived.length = 0;
    receiver.answer = (response) => response.writeHead(200).end();
    server.clock.advance(3_600_000);
    await webhooks.empty(webhook);
    expect(told('profile-value-recorded')).toHaveLength(4);
    expect(unitsGiven()).toEqual([]);
    expect(receiver.arrived.map(({ text }) => text).join()).not.toMatch(/Camille|Durand/);
  });

  it('keep an erasure waiting for its receipt while what is to be erased is on its way to them', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (response) => void held.push(() => response.writeHead(200).end());
    const person = await desk.person();
    await until(() => Promise.resolve(held.length === 1));
    const erasure = await decideErasure(server, person);
    await until(async () => {
      await server.settled();
      return (await server.get(`/erasures/${erasure}`)).body.state === 'destroyed';
    });
    receiver.answer = (response) => response.writeHead(200).end();
    for (const end of held) end();
    await completed(server, erasure);
    await webhooks.empty(webhook);
    expect(unitsGiven()).toHaveLength(1);
    expect(told('data.erased')[0]?.body.data.units).toEqual(unitsGiven());
  });

  it('are told that a value was wrong, by the event that they were given, and of nothing else', async () => {
    const person = await desk.person();
    const url = `/persons/${person}/profile-values`;
    await webhooks.empty(webhook);
    await server.post(`/webhooks/${webhook}/revision`, { types: ['course-created'] }).expect(200);
    const wrong = receiver.arrived.find(({ text }) => text.includes('Durand'))?.body.data;
    const corrected = { name: 'family-name', value: 'Durant', corrects: wrong?.event, reason: 'Faute de frappe' };
    const { body } = await server.post(url, corrected).expect(200);
    // A new version that corrects none, and a correction of what was not given.
    const { body: email } = await server.post(url, { name: 'email', value: 'c.durant@example.org' }).expect(200);
    await server.post(url, { name: 'email', value: 'cd@example.org', corrects: email.events[0] }).expect(200);
    await webhooks.empty(webhook);
    const notices = told('data.rectified');
    expect(notices.map(({ body: { data } }) => data)).toEqual([
      {
        organisation: 'mira',
        event: wrong?.event,
        correctedBy: body.events[0],
        stream: wrong?.stream,
        units: [(wrong?.sections?.[0] as unknown as { readonly unit: string }).unit],
      },
    ]);
    expect(notices[0]?.text).not.toMatch(/Durant|Faute/);
  });

  it('are told what is kept beside an erasure only on a ground, and are not given it any more', async () => {
    const accounting = { types: ['invoice-recorded', 'payment-recorded'], role: 'accounting', categories: ['billing'] };
    const books = await webhooks.receiver();
    const { id } = await webhooks.subscribe(books, accounting);
    const person = await desk.person();
    const invoice = {
      number: 'F-2026-001',
      issuedOn: '2026-03-01',
      buyer: { name: 'Camille Durand', address: '1 rue des Lilas, 59000 Lille' },
      lines: [{ label: 'Formation', quantity: 1, unitAmount: 10_000, amount: 10_000 }],
      currency: 'EUR',
      total: 10_000,
      instalments: [{ dueOn: '2026-03-01', amount: 10_000 }],
    };
    await server.post('/invoices', { person, ...invoice }).expect(201);
    await webhooks.empty(id);
    const [given] = books.arrived;
    expect(given?.text).toContain('Lilas');
    await erased(server, person);
    await webhooks.empty(id);
    const notices = books.arrived.slice(1).map(({ body: { type, data } }) => [type, data.units]);
    expect(notices).toEqual([
      ['data.restricted', [(given?.body.data.sections?.[0] as unknown as { unit: string }).unit]],
    ]);

    const replay = { from: '2026-03-01T00:00:00Z', until: '2026-04-01T00:00:00Z' };
    await server.post(`/webhooks/${id}/replays`, replay).expect(202);
    await until(() => Promise.resolve(books.arrived.length === 3));
    expect(books.arrived[2]?.id).toBe(given?.id);
    expect(books.arrived[2]?.text).not.toMatch(/Lilas|Camille|sections/);
  });

  it('hear of everything once more workers share the work, and when one of them is stopped', async () => {
    const { databaseUrl, keysFolder } = {
      databaseUrl: server.platform.server.url,
      keysFolder: server.platform.config.keysFolder,
    };
    const environment = { ARDOISE_WEBHOOK_RECEIVERS: 'any' };
    const other = await startTestServer({ databaseUrl, keysFolder, environment });
    try {
      await Promise.all([desk.person(), desk.person()]);
      await server.app.get(WebhookOutbox, { strict: false }).stop();
      await Promise.all([desk.person(), new EnrolmentDesk(other).person()]);
      await webhooks.empty(webhook);
    } finally {
      await other.close();
    }
    expect(receiver.first()).toHaveLength(16);
    expect(receiver.inOrder()).toBe(true);
  });
});
