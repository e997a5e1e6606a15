import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { startTestServer, type TestServer } from './support/server';

const root = join(__dirname, '..');

describe('the command line', () => {
  let server: TestServer;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-cli-'));

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ardoise = (...words: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const env = {
        ...process.env,
        DATABASE_URL: database.url,
        ARDOISE_DATA: join(folder, 'data'),
        ARDOISE_KEYS: join(folder, 'keys'),
        LOG_LEVEL: 'info',
      };
      const hook = join(root, 'tools', 'typescript-hook.cjs');
      execFile(
        process.execPath,
        ['-r', hook, join(root, 'apps', 'cli', 'main.ts'), ...words],
        { env, cwd: root },
        (error, out, err) => resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
      );
    });

  it('exports the log and nothing else to standard output, whatever there is to warn of', async () => {
    const { code, out, err } = await ardoise('export', '--organisation', 'mira');
    expect(code).toBe(0);
    expect(err).toContain('policy warning');
    const lines = out
      .trim()
      .split('\n')
      .map((line): { position?: string } => JSON.parse(line));
    expect(lines.map(({ position }) => position)).toEqual(lines.map((_, index) => String(index + 1)));
    const file = join(folder, 'log.ndjson');
    expect((await ardoise('export', '--organisation', 'mira', '--out', file)).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(out);
    const again = await ardoise('export', '--organisation', 'mira', '--out', file);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toMatch(/^ardoise: .*EEXIST/m);
    expect(again.err).not.toMatch(/^\s+at /m);
  });

  it('names an organisation that is not there', async () => {
    const replayed = await ardoise('replay', 'person', '0'.repeat(32), '--organisation', 'nosuch');
    expect([replayed.code, replayed.out]).toEqual([1, '']);
    expect(replayed.err).toContain('organisation-not-found');
  });
});
