import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { post, type PostOptions } from './post';

describe('post', () => {
  const servers: { close(done: () => void): unknown; closeAllConnections?(): void }[] = [];
  const sockets: Socket[] = [];
  let connections = 0;

  beforeEach(() => (connections = 0));
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      await new Promise<void>((resolve) => server.close(resolve));
    }
  });

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  /** A receiver that speaks HTTP. */
  const http = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener));
  /** A receiver that says these bytes to whoever comes. */
  const raw = (say: (socket: Socket) => void): Promise<number> =>
    listen(
      createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => say(socket));
      }),
    );
  const send = (url: string, options: Partial<PostOptions> = {}) =>
    post(new URL(url), {
      headers: { a: 'b' },
      body: '{"é":1}',
      timeoutMilliseconds: 5_000,
      anywhere: true,
      ...options,
    });

  it('brings headers and body, and gives the status', async () => {
    let told: unknown;
    const port = await http((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      request.on('end', () => {
        told = [request.method, request.url, request.headers.a, body];
        response.writeHead(202).end();
      });
    });
    expect(await send(`http://127.0.0.1:${port}/hook?x=1`)).toEqual({ kind: 'answered', status: 202 });
    expect(told).toEqual(['POST', '/hook?x=1', 'b', '{"é":1}']);
  });

  it('follows nothing', async () => {
    let visits = 0;
    const port = await http((_, response) => {
      visits += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ kind: 'answered', status: 307 });
    expect(visits).toBe(1);
  });

  it('reads no more of an endless answer than its status', async () => {
    let written = 0;
    const port = await http((_, response) => {
      response.writeHead(200, { 'retry-after': '7' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ kind: 'answered', status: 200, retryAfter: '7' });
    expect(written).toBeLessThan(16_000_000);
  });

  it.each([
    ['nothing that is HTTP', 'SMTP ready\r\n\r\n', 'receiver-garbled'],
    ['headers without an end', `HTTP/1.1 200 OK\r\na: ${'x'.repeat(20_000)}`, 'receiver-garbled'],
    ['half of a status', 'HTTP/1.1 2', 'receiver-slow'],
  ])('takes %s for a failure', async (_, said, code) => {
    const port = await raw((socket) => socket.write(said));
    expect(await send(`http://127.0.0.1:${port}/`, { timeoutMilliseconds: 300 })).toEqual({ kind: 'failed', code });
  });

  it('waits no longer than it is told, also for one that speaks a byte at a time', async () => {
    const port = await raw((socket) => {
      const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write('H')), 20);
      socket.once('close', () => clearInterval(drip));
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    });
    const begun = performance.now();
    expect(await send(`http://127.0.0.1:${port}/`, { timeoutMilliseconds: 300 })).toMatchObject({
      code: 'receiver-slow',
    });
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('says that nobody is there, or that there is no such name', async () => {
    const port = await raw(() => undefined);
    await new Promise<void>((resolve) => servers.pop()?.close(resolve));
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ kind: 'failed', code: 'receiver-unreachable' });
    const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await send('http://nowhere.invalid/', { resolve: unknown })).toMatchObject({ code: 'receiver-unknown' });
  });

  describe('where only public addresses are allowed', () => {
    const closed = { anywhere: false };

    it('takes https only', async () => {
      expect(await send('http://example.org/', closed)).toEqual({ kind: 'failed', code: 'receiver-not-https' });
    });

    it.each(['127.0.0.1', '[::1]', '10.0.0.8', '[::ffff:127.0.0.1]', '169.254.169.254', '2130706433', '0x7f.1'])(
      'goes to no address such as %s',
      async (host) => {
        const port = await raw((socket) => socket.end());
        expect(await send(`https://${host}:${port}/`, closed)).toEqual({ kind: 'failed', code: 'receiver-private' });
        expect(connections).toBe(0);
      },
    );

    it('goes to no name that leads to such an address, not even beside a public one', async () => {
      const port = await raw((socket) => socket.end());
      const both = [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ];
      for (const addresses of [both, both.slice(1)]) {
        const resolve = () => Promise.resolve(addresses);
        expect(await send(`https://hooks.example:${port}/`, { ...closed, resolve })).toMatchObject({
          code: 'receiver-private',
        });
      }
      expect(await send(`https://localhost:${port}/`, closed)).toMatchObject({ code: 'receiver-private' });
      expect(connections).toBe(0);
    });
  });

  it('asks once where a name leads, so that it cannot lead elsewhere when it is connected to', async () => {
    let asked = 0;
    const port = await http((_, response) => response.writeHead(204).end());
    const resolve = () => Promise.resolve([{ address: (asked += 1) === 1 ? '127.0.0.1' : '127.9.9.9', family: 4 }]);
    expect(await send(`http://rebound.example:${port}/`, { resolve })).toEqual({ kind: 'answered', status: 204 });
    expect([asked, connections]).toEqual([1, 1]);
  });
});
