import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MailServer } from '../testing/mail-server';
import { type Letter, MailSender } from '.';

const letter: Letter = {
  id: 'mail_0123456789abcdef',
  to: 'camille@example.org',
  subject: 'Votre inscription est confirmée',
  text: 'Bonjour Camille,\n\nà bientôt.\n',
  sentAt: new Date('2026-03-02T09:00:00.000Z'),
};

describe('MailSender', () => {
  const server = new MailServer();
  let sender: MailSender;

  beforeAll(() => server.start());
  beforeEach(() => {
    sender = new MailSender({ url: server.url, from: 'cours@records.school', timeoutMilliseconds: 500 });
    server.arrived.length = 0;
    server.slow = 0;
    server.refuses = undefined;
  });
  afterEach(() => sender.close());
  afterAll(() => server.stop());

  it('brings a message under its own id, by our clock, and says that a machine wrote it', async () => {
    expect(await sender.send(letter)).toEqual({ kind: 'taken' });
    const [arrived] = server.arrived;
    expect(arrived?.to).toEqual(['camille@example.org']);
    expect(arrived?.messageId).toBe('<mail_0123456789abcdef@records.school>');
    expect(arrived?.raw).toMatch(/^Date: Mon, 02 Mar 2026 09:00:00 \+0000\r$/m);
    expect(arrived?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(arrived?.raw).toMatch(/^From: cours@records\.school\r$/m);
  });

  it.each(['a@b.fr, c@d.fr', 'a@b.fr\r\nBcc: c@d.fr', 'Camille <a@b.fr>', 'nobody', ''])(
    'sends nothing to what is no one address: %j',
    async (to) => {
      expect(await sender.send({ ...letter, to })).toEqual({ kind: 'refused', code: 'address-wrong' });
      expect(server.arrived).toEqual([]);
    },
  );

  it('lets no subject become a header', async () => {
    await sender.send({ ...letter, subject: 'Groupe\r\nBcc: somebody@example.org' });
    expect(server.arrived[0]?.to).toEqual(['camille@example.org']);
    expect(server.arrived[0]?.raw).toMatch(/^Subject: Groupe Bcc: somebody@example\.org\r$/m);
  });

  it.each([
    [
      { at: 'recipient', status: 550 },
      { kind: 'refused', code: 'address-refused', status: 550 },
    ],
    [
      { at: 'message', status: 554 },
      { kind: 'refused', code: 'message-refused', status: 554 },
    ],
    [
      { at: 'recipient', status: 450 },
      { kind: 'failed', code: 'mail-server-refuses', status: 450 },
    ],
    [
      { at: 'message', status: 451 },
      { kind: 'failed', code: 'mail-server-refuses', status: 451 },
    ],
  ] as const)('tells what is for now from what is for good: %j', async (refusal, sent) => {
    server.refuses = () => refusal;
    expect(await sender.send(letter)).toEqual(sent);
  });

  it('says nothing to another machine in clear', async () => {
    // An address of this machine that is not one of those taken for it.
    const other = new MailServer('127.0.0.2');
    await other.start();
    const far = new MailSender({ url: other.url, from: 'a@b.fr', timeoutMilliseconds: 500 });
    expect(await far.send(letter)).toEqual({ kind: 'failed', code: 'mail-not-encrypted' });
    expect(other.arrived).toEqual([]);
    far.close();
    await other.stop();
  });

  it('does not wait for ever, and knows a server that is not there', async () => {
    server.slow = 5_000;
    expect(await sender.send(letter)).toEqual({ kind: 'failed', code: 'mail-server-away' });
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const away = new MailSender({ url: `smtp://127.0.0.1:${port}`, from: 'a@b.fr', timeoutMilliseconds: 500 });
    expect(await away.send(letter)).toEqual({ kind: 'failed', code: 'mail-server-away' });
    away.close();
  });

  it('gives up a server that always says a little more, and holds no connection to it', async () => {
    const open = new Set<Socket>();
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const dripping = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => (open.delete(socket), end()));
      socket.write('220 here\r\n');
      // Each line is in time, and the answer never ends (RFC 5321, 4.2.1).
      socket.once('data', () => {
        const timer = setInterval(() => socket.write('250-and more\r\n'), 20);
        socket.once('close', () => clearInterval(timer));
      });
    });
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
    const { port } = dripping.address() as AddressInfo;
    const times = { timeoutMilliseconds: 200, deadlineMilliseconds: 500 };
    const patient = new MailSender({ url: `smtp://127.0.0.1:${port}`, from: 'a@b.fr', ...times });
    expect(await patient.send(letter)).toEqual({ kind: 'failed', code: 'mail-server-slow' });
    await ended;
    expect(open.size).toBe(0);
    patient.close();
    await new Promise((resolve) => dripping.close(resolve));
  });
});
