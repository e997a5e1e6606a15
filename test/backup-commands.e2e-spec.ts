import { createClient } from '@ardoise/postgres';
import { createTestDatabase } from '@ardoise/testing';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentOf } from './support/database-content';
import { onPostgres } from './support/engine';
import { startTestServer, until } from './support/server';
import { registerLearner } from './support/story';

const root = join(__dirname, '..');
// Each command is a process that reads all of the source first.
jest.setTimeout(300_000);

onPostgres('the commands that back up and restore', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-backup-cli-'));
  const to = join(folder, 'backup');
  let database: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeAll(async () => {
    database = await createTestDatabase();
    const server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
    await registerLearner(server, 'Somebody');
    await server.close();
  });

  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Run {
    readonly ended: Promise<{ code: number | null; out: string; err: string }>;
    readonly interrupt: () => void;
  }

  function run(...words: string[]): Run {
    const env = {
      ...process.env,
      DATABASE_URL: database.url,
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      LOG_LEVEL: 'error',
    };
    const hook = join(root, 'tools', 'typescript-hook.cjs');
    const child = spawn(process.execPath, ['-r', hook, join(root, 'apps', 'cli', 'main.ts'), ...words], { env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
      child.once('exit', (code) => resolve({ code, out, err })),
    );
    return { ended, interrupt: () => child.kill('SIGINT') };
  }
  const ardoise = (...words: string[]) => run(...words).ended;

  it('back up, say what each part is worth to a thief, and restore only when told so', async () => {
    const made = await ardoise('backup', '--to', to);
    expect([made.code, made.out]).toEqual([0, expect.stringContaining('To a thief: Everything, without any key.')]);
    const before = await contentOf(database.url);
    const asked = await ardoise('restore', '--from', to, '--json');
    expect(asked.code).toBe(2);
    expect(JSON.parse(asked.out)).toMatchObject({
      wouldRestore: [{ part: 'log' }, { part: 'vault' }, { part: 'read' }, { part: 'blobs' }],
    });
    const client = createClient(database.url, { applicationName: 'spec' });
    await client.connect();
    await client.query('TRUNCATE read.identities, read.persons');
    await client.end();
    const restored = await ardoise('restore', '--from', to, '--yes');
    expect([restored.code, restored.out]).toEqual([0, expect.stringContaining('restored: log, vault, read, blobs')]);
    expect(await contentOf(database.url)).toEqual(before);
  });

  it('are used wrongly, refused and interrupted with a code and a word each', async () => {
    expect((await ardoise('backup', '--to', join(folder, 'x'), '--parts', 'keys')).code).toBe(2);
    const refused = await ardoise('backup', '--to', join(folder, 'keys', 'x'));
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('lies inside ARDOISE_KEYS')]);
    const holder = createClient(database.url, { applicationName: 'spec' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE');
    const waiting = run('backup', '--to', join(folder, 'stopped'));
    // A transaction sees one state of others: it is asked of pg_locks, which is always of now.
    await until(async () => {
      const { rows } = await holder.query(
        `SELECT FROM pg_locks WHERE relation IN (SELECT relid FROM pg_partition_tree('log.events')) AND NOT granted`,
      );
      return rows.length > 0;
    });
    waiting.interrupt();
    const { code, err } = await waiting.ended;
    expect([code, err]).toEqual([130, expect.stringContaining('nothing of it is left')]);
    expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
    await holder.end();
  });

  it('seal keys into a file of their own, with a word on its danger, and put them back elsewhere', async () => {
    const passphrase = join(folder, 'passphrase');
    writeFileSync(passphrase, 'une ardoise, une craie\n', { mode: 0o600 });
    const sealed = join(folder, 'keys.sealed');
    const made = await ardoise('keys', 'backup', '--to', sealed, '--passphrase-file', passphrase);
    expect([made.code, made.err]).toEqual([0, expect.stringContaining('can open what was erased since')]);
    expect(made.out).toContain('kek-1.key');
    const asked = await ardoise('keys', 'restore', '--from', sealed, '--passphrase-file', passphrase);
    expect([asked.code, asked.out]).toEqual([2, expect.stringContaining('kek-1.key: is there already')]);
  });

  it('vacuum, and show when it was done', async () => {
    const vacuumed = await ardoise('vacuum', '--full', '--json');
    expect(vacuumed.code).toBe(0);
    expect(JSON.parse(vacuumed.out)).toMatchObject({ done: true, busy: [], walLeftBehind: true });
    const status = await ardoise('status');
    expect(status.out).toMatch(/tables vacuumed 20\d\d-.*, rewritten 20\d\d-/);
  });
});
