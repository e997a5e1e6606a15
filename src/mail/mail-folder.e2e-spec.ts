import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import { MailOutbox } from './outbox/mail-outbox';

const day = 86_400_000;

describe('letters in a folder, where there is no mail server', () => {
  let root: string;
  let folder: string;
  let server: TestServer;
  let desk: EnrolmentDesk;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'ardoise-letters-'));
    folder = join(root, 'letters');
    server = await startTestServer({
      environment: { ARDOISE_MAIL_FOLDER: folder, ARDOISE_MAIL_FROM: 'cours@records.school' },
    });
    desk = new EnrolmentDesk(server);
    await desk.open();
  });
  afterAll(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  const written = async (): Promise<string[]> =>
    (await readdir(join(folder, 'mira')).catch(() => [])).filter((file) => !file.startsWith('.')).sort();
  const states = async (): Promise<(string | undefined)[]> => {
    const { items } = (await server.get('/mail/letters?limit=100').expect(200)).body as {
      items: { state: string; code?: string }[];
    };
    return items.map(({ state, code }) => code ?? state);
  };
  const approved = async (): Promise<{ file: string; enrolment: string }> => {
    const before = await written();
    const enrolment = await desk.approved(await desk.session({ capacity: 1 }));
    await until(async () => (await written()).length > before.length);
    const file = (await written()).find((one) => !before.includes(one)) as string;
    return { file, enrolment };
  };

  it('stand there as they would have gone out, and in the log of deliveries; what cannot be written waits', async () => {
    const { file } = await approved();
    expect(file).toMatch(/^mail_[0-9a-f]{32}\.eml$/);
    const raw = await readFile(join(folder, 'mira', file), 'utf8');
    expect(raw).toMatch(/^To: camille@example\.org\r$/m);
    await until(async () => (await states())[0] === 'delivered');

    await chmod(folder, 0o755);
    await desk.approved(await desk.session({ capacity: 1 }));
    await until(async () => (await states())[0] === 'mail-folder-refused');
    expect(await written()).toHaveLength(1);
    await chmod(folder, 0o700);
    await until(async () => {
      server.clock.advance(60_000);
      server.app.get(MailOutbox).runtime.lookNow();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return (await written()).length === 2;
    });
  });

  it('are gone when whom they are for is erased, and those of others stay', async () => {
    const [erased, other] = [await approved(), await approved()];
    const { person } = (await server.get(`/enrolments/${erased.enrolment}`)).body as { person: string };
    const { body } = await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    await until(async () => {
      await server.settled();
      const { state } = (await server.get(`/erasures/${(body as { id: string }).id}`)).body as { state: string };
      return state === 'completed';
    });
    expect(await written()).not.toContain(erased.file);
    expect(await written()).toContain(other.file);
  });

  it('are gone after a week', async () => {
    const { file } = await approved();
    server.clock.advance(7 * day - 60_000);
    await server.app.get(MailOutbox).tick();
    expect(await written()).toContain(file);
    server.clock.advance(day);
    await server.app.get(MailOutbox).tick();
    expect(await written()).toEqual([]);
  });
});
