import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { EnrolmentDesk } from '../src/enrolments/spec-support/enrolment-desk';
import { WebhookDesk } from '../src/webhooks/spec-support/webhook-desk';
import { startTestServer, until, type TestServer } from './support/server';

const root = join(__dirname, '..');
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

  const ardoise = (...words: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const keys = { DATABASE_URL: database.url, ARDOISE_KEYS: join(folder, 'keys'), LOG_LEVEL: 'error' };
      const env = { ...process.env, ...environment, ...keys };
      const hook = join(root, 'tools', 'typescript-hook.cjs');
      const all = ['-r', hook, join(root, 'apps', 'cli', 'main.ts'), ...words, '--organisation', 'mira'];
      execFile(process.execPath, all, { env, cwd: root }, (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
      );
    });

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

  it('need to be named', async () => {
    expect((await ardoise('dead-letters', 'retry')).code).toBe(2);
    expect((await ardoise('dead-letters', 'dismiss', '--reaction', 'seating')).code).toBe(2);
  });
});
