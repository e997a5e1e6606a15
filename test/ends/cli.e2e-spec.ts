import { createTestDatabase } from '@ardoise/testing';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSignedBy, type DayReceipt, type OrganisationReceipt, type Signed } from '../../src/keys/ends/signed-receipt';
import { runArdoise, type CommandResult } from '../support/command';
import { startTestServer } from '../support/server';
import { registerLearner } from '../support/story';

jest.setTimeout(600_000);

describe('ends on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-ends-cli-'));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const day = '2026-03-02';

  beforeAll(async () => {
    database = await createTestDatabase();
    const server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
    const person = await registerLearner(server, 'Handed');
    await server.post(`/persons/${person}/logins`, { address: '192.0.2.1' }).expect(201);
    writeFileSync(keyFile(), server.platform.signing.publicKey);
    await server.close();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const keyFile = (): string => join(folder, 'key.pem');

  const ardoise = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, words, {
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      ARDOISE_KEY_LEASE_MS: '0',
      LOG_LEVEL: 'silent',
    });

  it('ends a day before its time for a reason alone, and prints its receipt', async () => {
    const words = ['keys', 'end-day', '--organisation', 'mira', '--category', 'technical', '--day'];
    const malformed = await ardoise(...words, '2026-02-30');
    expect([malformed.code, malformed.err]).toEqual([2, expect.stringContaining('It takes a day')]);
    const today = new Date().toISOString().slice(0, 10);
    const refused = await ardoise(...words, today);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('day-not-over')]);
    expect((await ardoise(...words, day, '--before-its-time')).code).toBe(2);
    const ended = await ardoise(...words, day, '--before-its-time', '--reason', 'TICKET-7');
    expect([ended.code, ended.err]).toEqual([0, '']);
    const receipt = JSON.parse(ended.out) as Signed<DayReceipt>;
    expect(receipt).toMatchObject({ organisation: 'mira', day, units: 1, beforeItsTime: 'TICKET-7' });
    expect(isSignedBy(receipt, receipt.signature.publicKey)).toBe(true);
    expect((await ardoise(...words, day)).out).toBe(ended.out);
    const file = join(folder, 'day.json');
    writeFileSync(file, ended.out);
    const verified = await ardoise('verify-receipt', file, '--key', keyFile(), '--database', '--json');
    expect([verified.code, JSON.parse(verified.out)]).toEqual([
      0,
      expect.objectContaining({ verdict: 'verified', day, category: 'technical' }),
    ]);
    expect(JSON.parse(verified.out)).toMatchObject({ log: { groups: { named: 1, of: 1 } } });
  });

  it('ends an organisation when it was confirmed twice, and says so afterwards', async () => {
    const out = join(folder, 'handed-over');
    const words = ['organisation', 'end', '--organisation', 'mira', '--export', out];
    for (const confirmation of [[], ['--confirm', 'mira'], ['--confirm', 'mira', '--confirm-again', 'end']]) {
      const refused = await ardoise(...words, ...confirmation);
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('nothing was done')]);
      expect(refused.err).toContain('there is no way back');
    }
    const ended = await ardoise(...words, '--confirm', 'mira', '--confirm-again', 'end mira', '--json');
    expect(ended.code).toBe(0);
    const receipt = JSON.parse(ended.out) as Signed<OrganisationReceipt>;
    expect(JSON.parse(readFileSync(join(out, 'mira-receipt.json'), 'utf8'))).toEqual(receipt);
    expect(readFileSync(join(out, 'log.ndjson')).length).toBe(receipt.export.bytes);
    expect(ended.err).toContain('données à caractère personnel');
    expect(ended.err).toContain('IN CLEAR');
    expect(ended.err).not.toContain('made elsewhere');
    expect(readFileSync(join(out, 'opened.ndjson'), 'utf8')).toContain('Handed-family');
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('Article 28(3)(g)');
    const modes = readdirSync(out).map((name) => [name, statSync(join(out, name)).mode & 0o777]);
    expect(modes.filter(([name, mode]) => mode !== (name === 'documents' ? 0o700 : 0o600))).toEqual([]);
    expect(statSync(out).mode & 0o777).toBe(0o700);
    const file = join(out, 'mira-receipt.json');
    const verify = ['verify-receipt', file, '--folder', out, '--log', join(out, 'log.ndjson')];
    // The end itself was recorded behind the hand-over: only the log in the database has it.
    expect((await ardoise(...verify, '--json')).code).toBe(1);
    const verified = await ardoise('verify-receipt', file, '--key', keyFile(), '--database', '--folder', out);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('files: as handed over')]);
    appendFileSync(join(out, 'opened.ndjson'), ' ');
    const altered = await ardoise('verify-receipt', file, '--folder', out, '--json');
    expect([altered.code, JSON.parse(altered.out)]).toEqual([
      1,
      expect.objectContaining({ wrong: { code: 'file-differs', detail: 'opened.ndjson is not what was handed over' } }),
    ]);
    const status = await ardoise('status', '--json');
    const { organisations } = JSON.parse(status.out) as { organisations: { organisation: string; state: string }[] };
    expect(organisations.find(({ organisation }) => organisation === 'mira')?.state).toBe('ended');
    const erased = await ardoise('erase', '0'.repeat(32), '--organisation', 'mira');
    expect([erased.code, erased.err]).toEqual([1, expect.stringContaining('organisation-ended')]);
  });
});
