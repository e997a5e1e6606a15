import fastify, { type FastifyInstance } from 'fastify';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { type EndOfStream, sendEventStream, type ServerSentEvent, textOf } from './event-stream';

describe('sendEventStream', () => {
  let app: FastifyInstance;
  let end: Promise<EndOfStream>;
  let asked = 0;
  const sockets: Socket[] = [];
  const gone = new AbortController();

  const serve = async (events: () => AsyncGenerator<readonly ServerSentEvent[]>): Promise<Socket> => {
    app = fastify({ forceCloseConnections: true });
    let told: (end: Promise<EndOfStream>) => void = () => undefined;
    const begun = new Promise<EndOfStream>((resolve) => (told = resolve));
    end = begun;
    app.get('/', (_, reply) => {
      told(sendEventStream(reply, events(), { stallMilliseconds: 100, retryMilliseconds: 5, signal: gone.signal }));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    return socket;
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await app.close();
  });

  async function* endless(): AsyncGenerator<readonly ServerSentEvent[]> {
    for (asked = 0; ; asked++) yield [{ id: String(asked), data: 'x'.repeat(100_000) }];
  }

  it('cuts off a client that takes nothing, and has asked for no more than fits on the way to it', async () => {
    const socket = await serve(endless);
    socket.pause();
    expect(await end).toBe('client-slow');
    // Buffers of sockets hold megabytes, whatever is asked for.
    expect(asked).toBeLessThan(200);
  });

  it('notices that a client has gone', async () => {
    const socket = await serve(endless);
    socket.once('data', () => socket.destroy());
    expect(await end).toBe('client-gone');
  });

  it('writes events as the standard has them', () => {
    expect(textOf({ id: '7', event: 'a', data: '{}' })).toBe('id: 7\nevent: a\ndata: {}\n\n');
    expect(textOf({ id: '7' })).toBe('id: 7\n\n');
    expect(textOf({})).toBe(':\n\n');
  });
});
