import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { EventStoreDBEventStore } from './eventstoredb-event-store';

/** What a process says at its start about an EventStoreDB that does not serve. */
async function said(connectionString: string): Promise<string> {
  const store = new EventStoreDBEventStore({ connectionString });
  try {
    await store.mustServe();
    return 'it serves';
  } catch (error) {
    expect(error).toMatchObject({ code: 'event-store-unavailable' });
    return (error as Error).message;
  } finally {
    await store.close();
  }
}

describe('a connection string that leads nowhere', () => {
  it('is told of a port at which nobody listens, for each node, and never shows the user', async () => {
    const why = await said('esdb://someone:secret@127.0.0.1:9,127.0.0.1:19');
    expect(why).toMatch(
      /^EVENTSTORE_URL .*127\.0\.0\.1:9: nobody listens there; 127\.0\.0\.1:19: nobody listens there$/,
    );
    expect(why).not.toMatch(/someone|secret/);
  });

  it('is told of a name that is not known', async () => {
    expect(await said('esdb://someone:secret@nowhere.invalid')).toMatch(
      /nowhere\.invalid:2113: this name is not known$/,
    );
  });

  it('is told of a node without TLS', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await said(`esdb://someone:secret@127.0.0.1:${port}`)).toMatch(/does not speak TLS; .* takes tls=false$/);
    } finally {
      server.close();
    }
  });
});
