import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { RecordedBlobs } from '../src/documents/process/recorded-blobs';
import { runArdoise, type CommandResult } from './support/command';
import { startTestServer, type TestServer } from './support/server';
import { registerLearner } from './support/story';
import { wholeLog } from './support/whole-log';

describe('the command line', () => {
  let server: TestServer;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-cli-'));

  beforeAll(async () => {
    database = await createTestDatabase();
    const environment = { ARDOISE_DATA: join(folder, 'data') };
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys'), environment });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ardoise = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, words, {
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      LOG_LEVEL: 'info',
    });

  it('exports the log and nothing else to standard output, whatever there is to warn of', async () => {
    const { code, out, err } = await ardoise('export', '--organisation', 'mira');
    expect(code).toBe(0);
    expect(err).toContain('policy warning');
    const lines = out
      .trim()
      .split('\n')
      .map((line): { position?: string } => JSON.parse(line));
    expect(lines.map(({ position }) => position)).toEqual(
      (await wholeLog(server.platform.store)).map((event) => String(event.position)),
    );
    const file = join(folder, 'log.ndjson');
    expect((await ardoise('export', '--organisation', 'mira', '--out', file)).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(out);
    const again = await ardoise('export', '--organisation', 'mira', '--out', file);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toMatch(/^ardoise: .*EEXIST/m);
    expect(again.err).not.toMatch(/^\s+at /m);
  });

  it('recovers nothing where log, vault and anchor agree, and asks for a reason', async () => {
    const head = await server.platform.store.head('mira');
    const { code, out, err } = await ardoise('recover', '--organisation', 'mira', '--reason', 'vault-restored');
    expect([code, out]).toEqual([0, 'nothing to recover\n']);
    expect(err).toContain('log, vault and anchor agree');
    expect(await server.platform.store.head('mira')).toBe(head);
    expect((await ardoise('recover', '--organisation', 'mira')).code).toBe(2);
  });

  it('names an organisation that is not there', async () => {
    const replayed = await ardoise('replay', 'person', '0'.repeat(32), '--organisation', 'nosuch');
    expect([replayed.code, replayed.out]).toEqual([1, '']);
    expect(replayed.err).toContain('organisation-not-found');
  });

  it('says of each node why a log cannot be moved there, and leaves the log as it is', async () => {
    const nowhere = 'esdb://127.0.0.1:9?tls=false';
    const { code, err } = await ardoise('log', 'copy', '--from', 'postgres', '--to', nowhere);
    expect(code).toBe(1);
    expect(err).toMatch(/^ardoise: .*127\.0\.0\.1:9: nobody listens there$/m);
    expect(await server.platform.store.isLeft()).toBe(false);
  });

  it('rotates the keys and says what backups can still bring back', async () => {
    const person = await registerLearner(server, 'Rotated');
    await server.settled();
    const first = await ardoise('keys', 'status', '--json');
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({ kek: { kind: 'file' }, rotations: [] });
    const rotated = await ardoise('keys', 'rotate', '--horizon', '0d', '--json');
    expect(rotated.code).toBe(0);
    const { epochs } = JSON.parse(rotated.out) as { epochs: { organisation: string; epoch: number; units: object }[] };
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map(() => 2));
    const { out } = await ardoise('keys', 'status');
    expect(out).toMatch(/^key-encryption key in use: file-2-[0-9a-f]{16} \(file\)$/m);
    expect(out).toMatch(/^mira: epoch 2 for \d+ days, under file-2-/m);
    expect(out).toMatch(/^mira: \d+ living units, 0 of them held, 0 fenced; 0 destroyed, 0 lost$/m);
    const { body } = await server.get(`/persons/${person}/replay`).expect(200);
    expect(JSON.stringify(body)).toContain('Rotated');
    const refused = await ardoise('keys', 'rotate', '--horizon', 'soon');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('as in 35d')]);
    expect((await ardoise('keys', 'rotate', '--organisation', 'nosuch')).err).toContain('organisation-not-found');
  });

  it('compares the files of documents with what is on record, and exits with 3 where one is wrong', async () => {
    const documents: string[] = [];
    const person = await registerLearner(server, 'Files');
    for (const content of ['first', 'second', 'third']) {
      const at = `/v1/organisations/mira/persons/${person}/documents?kind=identity-document&name=a.txt`;
      const { body } = await server.http().post(at).set('content-type', 'text/plain').send(content).expect(201);
      documents.push(body.id);
    }
    await server.settled();
    const verify = async (): Promise<{ code: number; mira: Record<string, unknown> }> => {
      const { code, out } = await ardoise('blobs', 'verify', '--organisation', 'mira', '--json');
      const { organisations } = JSON.parse(out) as { organisations: Record<string, unknown>[] };
      return { code, mira: organisations[0] as Record<string, unknown> };
    };
    const none = { missing: 0, altered: 0, unreadable: 0, orphans: 0, behind: 0, wrong: [] };
    expect(await verify()).toEqual({ code: 0, mira: { organisation: 'mira', sound: 3, ...none } });
    const recorded = server.app.get(RecordedBlobs, { strict: false });
    const pathOf = async (document: string): Promise<string> => {
      const [row] = await recorded.ofDocument('mira', document);
      const blob = row?.blob ?? '';
      return join(folder, 'data', 'blobs', 'mira', blob.slice(0, 2), blob);
    };
    rmSync(await pathOf(documents[0] as string));
    const altered = await pathOf(documents[1] as string);
    writeFileSync(altered, readFileSync(altered).fill(0, 100, 101));
    writeFileSync(altered.slice(0, -4) + '0000', 'of nobody');
    const { code, mira } = await verify();
    expect([code, mira]).toMatchObject([3, { sound: 1, missing: 1, altered: 1, orphans: 1 }]);
    expect(mira.wrong).toHaveLength(2);
    const unknown = await ardoise('blobs', 'verify', '--organisation', 'nosuch');
    expect([unknown.code, unknown.out]).toEqual([1, '']);
    expect((await ardoise('blobs', 'nonsense')).code).toBe(2);
  });

  it('compares what it rebuilt with what is shown, and switches to nothing that differs before it is told to', async () => {
    await registerLearner(server, 'Rebuilt');
    await server.settled();
    await server.platform.pools.read.query(`DELETE FROM read.identities WHERE organisation = 'mira'`);
    const differs = await ardoise('rebuild');
    expect([differs.code, differs.out]).toEqual([3, expect.stringMatching(/^not switched$/m)]);
    expect(differs.out).toMatch(/^mira: .* differs at position \d+: \d+ rows of identities, 0 shown and \d+ rebuilt$/m);
    expect((await server.platform.projections.status()).rebuild).toMatchObject({ underWay: false });
    const accepted = await ardoise('rebuild', '--accept-differences', '--json');
    expect([accepted.code, JSON.parse(accepted.out)]).toMatchObject([
      0,
      { switched: true, comparison: { differences: [{ organisation: 'mira', table: 'identities', live: 0 }] } },
    ]);
    expect((await server.platform.projections.status()).rebuild).toBeUndefined();
  });

  it('throws snapshots away', async () => {
    expect(JSON.parse((await ardoise('snapshots', 'drop', '--json')).out)).toEqual({ dropped: 0 });
  });
});
