import { MailServer } from '../../libs/testing/mail-server';
import { searchDatabase } from '../../test/support/search';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import { MailOutbox } from './outbox/mail-outbox';

const hour = 3_600_000;

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly attempts: number;
  readonly code?: string;
}

describe('letters to learners', () => {
  const mail = new MailServer();
  let server: TestServer;
  let desk: EnrolmentDesk;

  beforeAll(async () => {
    await mail.start();
    server = await startTestServer({
      environment: { ARDOISE_MAIL_URL: mail.url, ARDOISE_MAIL_FROM: 'cours@records.school' },
    });
    desk = new EnrolmentDesk(server);
    await desk.open();
  });
  beforeEach(() => {
    mail.arrived.length = 0;
    mail.refuses = undefined;
    mail.losesAnswers = false;
  });
  afterAll(async () => {
    await server.close();
    await mail.stop();
  });

  const letters = async (state = ''): Promise<Shown[]> =>
    ((await server.get(`/mail/letters?limit=100${state}`).expect(200)).body as { items: Shown[] }).items;
  /** Until nothing waits, the clock going on as far as it has to. */
  const empty = (step = hour / 6): Promise<void> =>
    until(async () => {
      if ((await letters('&state=pending')).length === 0) return true;
      server.clock.advance(step);
      server.app.get(MailOutbox).runtime.lookNow();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return false;
    });
  const texts = (): string[] => mail.arrived.map(({ raw }) => decoded(raw));

  it('confirm a place, under an id of their own, and leave nothing behind', async () => {
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(() => Promise.resolve(mail.arrived.length === 1));
    await empty();
    const [arrived] = mail.arrived;
    const [shown] = await letters();
    expect(shown).toMatchObject({ state: 'delivered', type: 'enrolment-decided', attempts: 1 });
    expect([arrived?.to, arrived?.messageId]).toEqual([['camille@example.org'], `<${shown?.id}@records.school>`]);
    expect(texts()[0]).toContain('Votre inscription à la formation « Premiers secours » est confirmée.');
    for (const word of ['camille@example.org', 'Camille', 'Votre inscription']) {
      expect(await searchDatabase(server.platform.server.url, word, ['outbox', 'readers', 'process_managers'])).toEqual(
        [],
      );
    }
  });

  it('tell whoever waits, and whoever is offered a place', async () => {
    const session = await desk.session({ capacity: 1 });
    await server.post(`/sessions/${session}/answer-period`, { hours: 48 }).expect(200);
    const first = await desk.approved(session);
    await desk.approved(session);
    await until(() => Promise.resolve(mail.arrived.length === 2));
    await server.post(`/enrolments/${first}/withdrawal`).expect(200);
    await until(() => Promise.resolve(mail.arrived.length === 3));
    const [, waiting, offered] = texts();
    expect(waiting).toContain('Vous êtes sur la liste d’attente');
    expect(offered).toContain('Elle vous est réservée jusqu’au');
  });

  it('reach a server that loses its answers, is restarted, and fails for an hour: doubles are known by their id', async () => {
    const before = (await letters()).length;
    mail.losesAnswers = true;
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(() => Promise.resolve(mail.arrived.length === 1));
    mail.losesAnswers = false;
    await empty();
    expect(mail.arrived).toHaveLength(2);
    expect(new Set(mail.arrived.map(({ messageId }) => messageId)).size).toBe(1);

    await mail.stop();
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(async () => (await letters('&state=pending'))[0]?.code === 'mail-server-away');
    await mail.start();
    await empty();

    const healedAt = server.clock.now().getTime() + hour;
    mail.refuses = () => (server.clock.now().getTime() < healedAt ? { at: 'message', status: 451 } : undefined);
    for (let number = 0; number < 6; number++) await desk.approved(await desk.session({ capacity: 1 }));
    await empty();
    const all = (await letters()).slice(0, -before);
    expect(all).toHaveLength(8);
    expect(all.every(({ state }) => state === 'delivered')).toBe(true);
    expect([...new Set(mail.arrived.map(({ messageId }) => messageId))].sort()).toEqual(
      all.map(({ id }) => `<${id}@records.school>`).sort(),
    );
    // The server was left alone for most of that hour.
    expect(all.reduce((tries, { attempts }) => tries + attempts, 0)).toBeLessThan(8 + 40);
  });

  it('do not go to whoever is erased while they wait', async () => {
    mail.refuses = () => ({ at: 'message', status: 451 });
    const [erased] = [
      await desk.approved(await desk.session({ capacity: 1 })),
      await desk.approved(await desk.session({ capacity: 1 })),
    ];
    await until(async () => (await letters('&state=pending')).length === 2);
    const { person } = (await server.get(`/enrolments/${erased}`)).body as { person: string };
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    mail.refuses = undefined;
    await empty();
    expect(mail.arrived).toHaveLength(1);
    expect((await letters('&state=dismissed')).map(({ code }) => code)).toEqual(['overtaken']);
  });

  it('are not sent when they are no news any more', async () => {
    mail.refuses = () => ({ at: 'message', status: 451 });
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(async () => (await letters('&state=pending'))[0]?.code === 'mail-server-refuses');
    mail.refuses = undefined;
    await empty(73 * hour);
    expect(mail.arrived).toEqual([]);
    expect((await letters('&state=dismissed'))[0]?.code).toBe('too-old');
  });

  it('are dead letters where the address is refused: looked at, tried again, let go', async () => {
    mail.refuses = () => ({ at: 'recipient', status: 550 });
    await desk.approved(await desk.session({ capacity: 1 }));
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(async () => (await letters('&state=dead')).length === 2);
    const [one, other] = await letters('&state=dead');
    expect(one).toMatchObject({ code: 'address-refused', status: 550 });
    mail.refuses = undefined;
    const { body } = await server.post('/mail/dead-letters/dismissal', { letter: one?.id }).expect(200);
    expect(body).toEqual({ count: 1 });
    await server.post('/mail/dead-letters/retry').expect(200);
    await empty();
    expect(mail.arrived.map(({ messageId }) => messageId)).toEqual([`<${other?.id}@records.school>`]);
  });
});

/** The body of a message as it reads. */
function decoded(raw: string): string {
  const body = raw.slice(raw.indexOf('\r\n\r\n') + 4);
  if (/^content-transfer-encoding: base64/im.test(raw)) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
