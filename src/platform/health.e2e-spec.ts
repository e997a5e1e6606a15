import { EventStoreUnavailableError } from '@ardoise/event-store';
import { startTestServer, type TestServer } from '../../test/support/server';
import { registerLearner } from '../../test/support/story';

describe('readiness', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    await registerLearner(server, 'One');
  });
  afterAll(() => server.close());
  afterEach(() => jest.restoreAllMocks());

  const ready = () => server.http().get('/health/ready');

  it.each([
    ['is away', new EventStoreUnavailableError('away')],
    ['fails otherwise', new Error('Durand')],
  ])('says what works and what does not, where the end of a log %s', async (_, error) => {
    jest.spyOn(server.platform.store, 'head').mockRejectedValue(error);
    const { status, body, text } = await ready();
    expect([status, body]).toMatchObject([
      503,
      { status: 'unavailable', checks: { log: 'up', vault: 'up', read: 'up', projections: 'down', reactions: 'down' } },
    ]);
    expect(text).not.toContain('Durand');
  });

  it('does not wait for a log whose end is told late, and serves', async () => {
    let tell: (position: bigint) => void = () => undefined;
    jest.spyOn(server.platform.store, 'head').mockReturnValue(new Promise((resolve) => (tell = resolve)));
    const { status, body } = await ready();
    tell(0n);
    expect([status, body]).toMatchObject([200, { checks: { projections: 'late', reactions: 'late' } }]);
    expect(body.eventLog).not.toHaveProperty('lag');
  });
});
