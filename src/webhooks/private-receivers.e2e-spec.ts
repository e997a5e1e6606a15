import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { startTestServer, until } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import { WebhookDesk } from './spec-support/webhook-desk';

describe('webhooks where only public receivers are allowed', () => {
  it('go into no private network, also where a webhook was made when they might have', async () => {
    const database = await createTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-webhooks-'));
    let connections = 0;
    const inside = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(inside.address() as AddressInfo).port}/admin`;
    const open = (receivers: string) =>
      startTestServer({
        databaseUrl: database.url,
        keysFolder: join(folder, 'keys'),
        environment: { ARDOISE_WEBHOOK_RECEIVERS: receivers },
      });

    const before = await open('any');
    const made = await before.post('/webhooks', { url, types: ['course-created'] }).expect(201);
    const id = made.body.id as string;
    await before.close();

    const server = await open('public');
    const webhooks = new WebhookDesk(server);
    await new EnrolmentDesk(server).course();
    await until(async () => (await webhooks.deliveries(id))[0]?.attempts === 1);
    expect((await webhooks.deliveries(id))[0]).toMatchObject({ state: 'pending', code: 'receiver-private' });
    expect(connections).toBe(0);
    for (const address of [url, 'http://lms.example.org/', 'https://[::ffff:10.0.0.1]/', 'https://2130706433/']) {
      const refused = await server.post('/webhooks', { url: address, types: ['*'] });
      expect([refused.status, refused.body.code]).toEqual([422, 'receiver-address-wrong']);
    }
    await server.close();
    inside.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });
});
