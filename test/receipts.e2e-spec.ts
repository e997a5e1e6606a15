import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import type { SignedReceipt } from '../src/erasures/receipts/receipt';
import { runArdoise, type CommandResult } from './support/command';
import { erased } from './support/erasing';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, tellStory } from './support/story';

describe('the receipt of an erasure', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-receipts-'));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: TestServer;
  let path: string;
  let receipt: SignedReceipt;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    const { person } = await tellStory(server, 'Receipt', { course, session });
    path = `/erasures/${await erased(server, person)}/receipt`;
    receipt = (await server.get(path).expect(200)).body;
    writeFileSync(join(folder, 'receipt.json'), JSON.stringify(receipt));
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const verify = (...words: string[]) => ardoise('verify-receipt', ...words);
  /** Without a key folder, but for an export: a receipt is held against the log by somebody who can open nothing. */
  const ardoise = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, words, {
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, words[0] === 'export' ? 'keys' : 'none'),
      LOG_LEVEL: 'error',
    });

  it('MVX-22 names the ended keys, and what was kept with its ground and end; its key is published', async () => {
    expect(receipt).toMatchObject({ type: 'ardoise-erasure-receipt', format: 2, organisation: 'mira' });
    expect(receipt.units.length).toBeGreaterThan(8);
    expect(receipt.kept).toContainEqual({
      unit: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      category: 'billing',
      ground: server.platform.policies.get('mira')?.accounting.ground,
      until: '2036-12-31T23:00:00.000Z',
    });
    // 30 days of an epoch and 35 until its keys are gone, from the day the organisation began.
    expect(receipt.keys).toEqual({ epoch: 1, horizon: '2026-05-06T09:00:00.000Z' });
    const { body: keys } = await server.http().get('/v1/receipt-keys').expect(200);
    const { key, publicKey } = receipt.signature;
    expect(keys).toEqual([{ id: key, algorithm: 'Ed25519', publicKey }]);
  });

  it('is a page for whoever asks for one, with a policy that lets its style stand and nothing else', async () => {
    const page = await server.get(path).set('accept', 'text/html,application/xhtml+xml,*/*;q=0.8').expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('Reçu d’effacement');
    expect(page.text).toContain('Receipt of erasure');
    const style = /<style>([^]*)<\/style>/.exec(page.text)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page.headers['content-security-policy']).toContain(`style-src 'sha256-${digest}'`);
    expect(page.headers['cache-control']).toBe('no-store');
    expect((await server.get(`${path}?format=html`).expect(200)).text).toBe(page.text);
    expect((await server.get(`${path}?format=json`).set('accept', 'text/html').expect(200)).body).toEqual(receipt);
    expect((await server.get(`${path}?format=pdf`)).status).toBe(422);
  });

  it('is verified offline against an export of headers, and against the database, without any key', async () => {
    const log = join(folder, 'headers.ndjson');
    expect((await ardoise('export', '--organisation', 'mira', '--headers', '--out', log)).code).toBe(0);
    const pem = join(folder, 'key.pem');
    writeFileSync(pem, receipt.signature.publicKey);
    const file = join(folder, 'receipt.json');
    const offline = await verify(file, '--log', log, '--key', pem, '--json');
    expect([offline.code, offline.err]).toEqual([0, '']);
    const count = receipt.units.length;
    const known = JSON.parse(offline.out) as object;
    expect(known).toMatchObject({ verdict: 'verified', log: { units: { named: count, of: count } } });
    const { body: shown } = await server.get(path.replace('/receipt', ''));
    expect(known).toMatchObject({ digest: shown.receiptDigest });
    expect((await verify(file, '--database', '--key', pem)).code).toBe(0);
    const keyless = await verify(file, '--database');
    expect([keyless.code, keyless.out]).toEqual([3, expect.stringContaining('held against the key in the receipt')]);
  });

  it('is refused when it claims what the log does not name, with the first thing that is wrong', async () => {
    const claimed = { ...receipt, units: [...receipt.units, ['0'.repeat(32), '0'.repeat(64)]] };
    const file = join(folder, 'altered.json');
    writeFileSync(file, JSON.stringify(claimed));
    const refused = await verify(file, '--database', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ verdict: 'refused', wrong: { code: 'signature-invalid' } });
    writeFileSync(file, '{}');
    expect((await verify(file)).err).toMatch(/^ardoise: "format" is neither/);
  });

  it('of the first format, without a signature, can still be collected', async () => {
    const { type: _, signature: __, ...rest } = receipt;
    const first = { ...rest, format: 1 };
    await server.platform.pools.read.query('UPDATE erasures.processes SET receipt = $1', [JSON.stringify(first)]);
    expect((await server.get(path).expect(200)).body).toEqual(first);
    const page = await server.get(`${path}?format=html`).expect(200);
    expect(page.text).toContain('Ce reçu n’est pas signé.');
  });
});
