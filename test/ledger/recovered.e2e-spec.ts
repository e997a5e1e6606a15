import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@ardoise/bundle';
import { createClient } from '@ardoise/postgres';
import { keepSigned } from '@ardoise/sequencer';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { verify, type Verification } from '../../apps/auditor/verification/verification';
import { Recovery } from '../../src/keys/recovery/recovery';
import { LedgerProofs } from '../../src/platform/ledger-proofs';
import { Reactions } from '../../src/platform/reactions';
import { makeBundle } from '../support/bundles';
import { copyOf } from '../support/put-back';
import { startTestServer, type TestServer } from '../support/server';
import { createCourse, registerLearner } from '../support/story';

/** A backup that is older than what was signed was put back by `ardoise restore`, which keeps what was signed. */
describe('the ledger after an honest recovery', () => {
  let database: TestDatabase;
  let folder: string;
  let server: TestServer;
  let starts = 0;
  let unsigned: bigint;

  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    starts += 1;
    const now = new Date(Date.parse('2026-03-02T09:00:00Z') + starts * 60_000).toISOString();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys'), now, environment });
  };
  const signed = async (): Promise<void> => {
    const { sequencer, store } = server.platform;
    await sequencer.sequenced('mira', await store.head('mira'));
  };
  const verified = async (name: string): Promise<Verification> => {
    const path = join(folder, name);
    await makeBundle(server, path);
    const files = await openBundle(path);
    return verify(files).finally(() => files.close());
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-recovered-'));
    await start();
    await createCourse(server);
    await registerLearner(server, 'Before');
    await server.settled();
    await signed();
    // Recorded where nobody signs.
    await server.close();
    await start({ ARDOISE_WORK: 'off' });
    await server.post('/persons', { kinds: ['visitor'] }).expect(201);
    unsigned = await server.platform.store.head('mira');
    const before = await copyOf(database.url, 'vault', 'log', 'read', 'reactions', 'erasures');
    await registerLearner(server, 'After');
    // Signed at once with what came after it, which is lost.
    await server.close();
    await start();
    await server.settled();
    await signed();
    await server.close();
    await putBackAndKeepSigned(database.url, before);
    await start();
    await new Recovery(server.platform, server.app.get(Reactions)).run({
      organisation: 'mira',
      reason: 'log-restored',
    });
    await server.settled();
    await signed();
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is not refused by an auditor: what was lost is told by the incarnation after it', async () => {
    expect(await server.platform.ledger.trees('mira')).toHaveLength(2);
    const { checks } = await verified('after.tar');
    expect(checks.flatMap(({ check, wrong }) => (wrong ? [`${check}: ${wrong.code}: ${wrong.detail}`] : []))).toEqual(
      [],
    );
  });

  it('still proves each leaf of the tree that ended, by a checkpoint that it has', async () => {
    const [ended] = await server.platform.ledger.trees('mira');
    const { body } = await server.get('/ledger/1/leaves/0').expect(200);
    expect(body.size).toBeLessThanOrEqual(ended?.size ?? 0);
  });

  it('tells of an event that no checkpoint of that tree covers, instead of waiting for one', async () => {
    const [ended] = await server.platform.ledger.trees('mira');
    expect(unsigned <= (ended?.through ?? 0n)).toBe(true);
    const proofs = server.app.get(LedgerProofs, { strict: false });
    await expect(proofs.prove('mira', [unsigned])).rejects.toMatchObject({ status: 409, code: 'never-signed' });
  });
});

/** As `ardoise restore` does: in one session, what was signed is taken out before, and put back afterwards. */
async function putBackAndKeepSigned(url: string, copy: Awaited<ReturnType<typeof copyOf>>): Promise<void> {
  const client = createClient(url, { applicationName: 'keep signed' });
  await client.connect();
  try {
    await client.query('BEGIN');
    const putBack = await keepSigned(client);
    for (const table of ['trees', 'checkpoints', 'cosignatures', 'timestamps']) {
      await client.query(`CREATE TABLE public.held_${table} AS TABLE kept_${table}`);
    }
    await client.query('COMMIT');
    await client.end().catch(() => undefined);
    await copy.putBack();
    const again = createClient(url, { applicationName: 'put back signed' });
    await again.connect();
    try {
      await again.query('BEGIN');
      for (const table of ['trees', 'checkpoints', 'cosignatures', 'timestamps']) {
        await again.query(`CREATE TEMPORARY TABLE kept_${table} ON COMMIT DROP AS TABLE public.held_${table}`);
      }
      await putBack(again);
      await again.query('COMMIT');
    } finally {
      await again.end();
    }
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
