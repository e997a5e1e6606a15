import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { EnrolmentDesk } from '../src/enrolments/spec-support/enrolment-desk';
import { Seats } from '../src/sessions/seats';
import { WebhookDesk } from '../src/webhooks/spec-support/webhook-desk';
import { runArdoise, type CommandResult } from './support/command';
import { startTestServer, until, type TestServer } from './support/server';

const hour = 3_600_000;

describe('dead letters on the command line', () => {
  let server: TestServer;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let webhooks: WebhookDesk;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-dead-letters-'));
  const environment = { ARDOISE_DATA: join(folder, 'data'), ARDOISE_WEBHOOK_RECEIVERS: 'any' };

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys'), environment });
    webhooks = new WebhookDesk(server);
  });
  afterAll(async () => {
    await webhooks.close();
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ardoise = (...words: string[]): Promise<CommandResult> => {
    const places = { ...environment, ARDOISE_KEYS: join(folder, 'keys'), LOG_LEVEL: 'error' };
    return runArdoise(database.url, [...words, '--organisation', 'mira'], places);
  };

  it('of webhooks are shown, dismissed and tried again, and addresses are not', async () => {
    const receiver = await webhooks.receiver();
    receiver.answer = (response) => response.writeHead(500).end();
    const { id } = await webhooks.subscribe(receiver, { types: ['course-created'] });
    const desk = new EnrolmentDesk(server);
    await Promise.all([desk.course(), desk.course()]);
    await webhooks.tried(id);
    await until(async () => {
      server.clock.advance(25 * hour);
      await webhooks.tried(id);
      return (await webhooks.deliveries(id, '&state=dead')).length === 2;
    });
    const [one] = await webhooks.deliveries(id, '&state=dead');

    const shown = await ardoise('webhooks');
    expect(shown.out).toContain(`${id}: ${new URL(receiver.url).origin} is active, 0 wait, 2 dead letters`);
    expect(shown.out).not.toContain('/hook');
    const listed = await ardoise('dead-letters', 'list');
    expect([listed.code, listed.out.match(/receiver-refuses/g)?.length]).toEqual([3, 2]);

    const dismissed = await ardoise('dead-letters', 'dismiss', '--webhook', id, '--delivery', one?.id ?? '', '--json');
    expect(JSON.parse(dismissed.out)).toEqual({ organisation: 'mira', count: 1 });
    receiver.answer = (response) => response.writeHead(204).end();
    expect((await ardoise('dead-letters', 'retry', '--webhook', id)).code).toBe(0);
    await webhooks.empty(id);
    expect((await webhooks.deliveries(id)).map(({ state }) => state).sort()).toEqual(['delivered', 'dismissed']);
  });

  it('of processes are shown, tried again and dismissed with a reason, from here and over HTTP', async () => {
    const desk = new EnrolmentDesk(server);
    await desk.open();
    // Two sessions of one place each; whoever waits takes the place, and it cannot be confirmed.
    const offered: string[] = [];
    for (let session = 0; session < 2; session++) {
      const id = await desk.session({ capacity: 1 });
      await server.post(`/sessions/${id}/answer-period`, { hours: 240 }).expect(200);
      const [first, second] = [await desk.approved(id), await desk.approved(id)];
      await server.post(`/enrolments/${first}/withdrawal`).expect(200);
      await server.settled();
      offered.push(second);
    }
    const spy = jest.spyOn(server.app.get(Seats, { strict: false }), 'confirm').mockRejectedValue(new Error('Durand'));
    for (const enrolment of offered) {
      await server.post(`/enrolments/${enrolment}/offer/answer`, { answer: 'accepted' }).expect(200);
    }
    interface Letter {
      readonly process: string;
      readonly stream: string;
      readonly standsAt: string;
    }
    interface Shown<T> {
      readonly items: T[];
      readonly next?: string;
    }
    const shown = async <T = Letter>(list = 'dead-letters', query = ''): Promise<Shown<T>> =>
      (await server.get(`/processes/${list}?limit=1${query}`).expect(200)).body as never;
    const letters = async (): Promise<Letter[]> => {
      const first = await shown();
      return first.next
        ? [...first.items, ...(await shown('dead-letters', `&after=${first.next}`)).items]
        : first.items;
    };
    await until(async () => {
      server.clock.advance(hour / 4);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return (await letters()).length === 2;
    });
    spy.mockRestore();
    const [one, other] = await letters();
    expect(JSON.stringify([one, other])).not.toContain('Durand');
    expect(one!.stream).not.toBe(other!.stream);
    expect(one).toMatchObject({ process: 'offer', standsAt: 'step/confirm-seat', code: 'Error' });

    const listed = await ardoise('dead-letters', 'list');
    expect([listed.code, listed.out.match(/stands still at step\/confirm-seat/g)?.length]).toEqual([3, 2]);
    const { process: name, stream, standsAt } = one!;
    const which = ['--process', name, '--stream', stream, '--at', standsAt];
    const wrong = await server.post('/processes/offer/dead-letter/retry', { stream, standsAt: 'step/ask-again' });
    expect([wrong.status, wrong.body.code]).toEqual([409, 'dead-letter-another']);

    expect((await ardoise('dead-letters', 'retry', ...which)).code).toBe(0);
    const letGo = { stream: other!.stream, standsAt, reason: 'cannot-be-done' };
    const { body } = await server.post('/processes/offer/dead-letter/dismissal', letGo).expect(200);
    expect(body).toEqual({ count: 1 });
    await server.settled();
    await until(async () => (await desk.state(offered[0]!)) !== (await desk.state(offered[1]!)));
    await server.settled();
    // What was tried again is confirmed; of what was let go the process was told, and it asked for the place anew.
    expect((await Promise.all(offered.map((id) => desk.state(id)))).sort()).toEqual(['confirmed', 'waiting']);
    expect(await letters()).toEqual([]);
    expect((await shown('dismissals')).items).toMatchObject([{ process: 'offer', ...letGo }]);
    await server.get('/processes/dismissals?after=nothing').expect(400);
    await server.post('/processes/offer/dead-letter/dismissal', letGo).expect(200);
    expect(await shown('dismissals')).toEqual({ items: [expect.objectContaining(letGo)] });
  });

  it('need to be named', async () => {
    expect((await ardoise('dead-letters', 'retry')).code).toBe(2);
  });
});
