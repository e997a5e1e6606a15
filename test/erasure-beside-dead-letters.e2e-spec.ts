import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '@ardoise/format';
import { createTestDatabase } from '@ardoise/testing';
import { ErasureRunner } from '../src/erasures/process/erasure-runner';
import { decideErasure } from './support/erasing';
import { startTestServer, until, type TestServer } from './support/server';
import { registerLearner } from './support/story';

describe('an erasure beside an event that a reaction gave up', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: TestServer;

  const start = (): Promise<TestServer> =>
    startTestServer({
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      environment: { ARDOISE_DATA: join(folder, 'data') },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-beside-'));
    database = await createTestDatabase();
    server = await start();
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is carried out, also by a process that was started since', async () => {
    const person = await registerLearner(server, 'One');
    await registerLearner(server, 'Two');
    await server.settled();
    const { store, pools } = server.platform;
    const [parked] = (await store.readLog('mira', 0n, 100)).slice(-2);
    if (!parked) throw new Error('nothing was recorded');
    await pools.read.query(
      `INSERT INTO reactions.parked (organisation, reaction, stream, position, event, code)
       VALUES ('mira', 'enrolment-seating', $1, $2, $3, 'spec')`,
      [parked.stream, parked.position, readHeader(parked.header).id],
    );
    await server.close();
    server = await start();
    const erasure = await decideErasure(server, person);
    await until(async () => {
      await server.app.get(ErasureRunner, { strict: false }).completeWaiting();
      server.clock.advance(1_000);
      return (await server.get(`/erasures/${erasure}`)).body.state === 'completed';
    });
    expect((await server.get('/reactions')).body.reactions).toContainEqual(
      expect.objectContaining({ reaction: 'enrolment-seating', parked: [expect.objectContaining({ code: 'spec' })] }),
    );
  });
});
