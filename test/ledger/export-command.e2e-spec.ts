import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { placesOf } from '../support/engine';
import { filesOf, headersIn, indexIn } from '../support/bundles';
import { startTestServer, until, type TestServer } from '../support/server';
import { createCourse } from '../support/story';
import { sizeOf, wholeLog } from '../support/whole-log';

const root = join(__dirname, '..', '..');

describe('ardoise export --bundle', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-export-'));
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const started = (): Promise<TestServer> =>
    startTestServer({
      databaseUrl: database.url,
      keysFolder: at('keys'),
      environment: { ARDOISE_DATA: at('data') },
      now: new Date().toISOString(),
    });
  const begun = async (...words: string[]): Promise<ChildProcess> => {
    const env = {
      ...process.env,
      ...(await placesOf(database.url)),
      ARDOISE_DATA: at('data'),
      ARDOISE_KEYS: at('keys'),
      LOG_LEVEL: 'error',
    };
    const hook = join(root, 'tools', 'typescript-hook.cjs');
    const words0 = ['-r', hook, join(root, 'apps', 'cli', 'main.ts'), 'export', '--organisation', 'mira', ...words];
    return spawn(process.execPath, words0, { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const ardoise = async (...words: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    const child = await begun(...words);
    let [out, err] = ['', ''];
    child.stdout?.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr?.on('data', (piece: Buffer) => (err += piece.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  };

  it('waits for the signature of a server that runs beside', async () => {
    const server = await started();
    try {
      for (let i = 0; i < 5; i++) await createCourse(server);
      const size = await sizeOf(server.platform.store);
      const { code, out, err } = await ardoise('--bundle', at('beside.tar'), '--reference', 'AUDIT-1', '--json');
      expect([code, err.replace(/^export: .*\n/gm, '')]).toEqual([0, '']);
      const told = JSON.parse(out);
      expect(told).toMatchObject({ organisation: 'mira', trees: [{ incarnation: 1, size }] });
      const files = await filesOf(at('beside.tar'));
      expect(indexIn(files).trees[0]?.root.toString('base64')).toBe(told.trees[0].root);
      const recorded = (await wholeLog(server.platform.store))[size];
      expect(recorded?.header.toString()).toContain('"bundle-exported"');
      const taken = await ardoise('--bundle', at('beside.tar'));
      expect([taken.code, taken.out]).toEqual([1, '']);
      expect(taken.err).toContain('something is at the place');
    } finally {
      await server.close();
    }
  });

  it('signs by itself where no server does, also what was recorded after the last one', async () => {
    const first = await ardoise('--bundle', at('alone.tar'));
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^written: .*alone\.tar, \d+ files, \d+ bytes\nincarnation 1: \d+ leaves, root \S+\n$/);
    const again = await ardoise('--bundle', at('increment.tar'), '--since', at('alone.tar'));
    expect(again.code).toBe(0);
    const [one, other] = [indexIn(await filesOf(at('alone.tar'))), indexIn(await filesOf(at('increment.tar')))];
    expect(other.since).toEqual({ incarnation: 1, size: one.trees[0]?.size });
    expect(other.trees[0]?.size).toBe((one.trees[0]?.size ?? 0) + 1);
    expect(headersIn(await filesOf(at('increment.tar'))).at(-1)?.type).toBe('bundle-exported');
  });

  it('leaves nothing under the name when it is interrupted or killed', async () => {
    const draft = async (): Promise<boolean> => (await readdir(folder)).includes('cut.tar.part');
    const killed = await begun('--bundle', at('cut.tar'));
    await until(draft);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect((await readdir(folder)).filter((name) => name.startsWith('cut'))).toEqual(['cut.tar.part']);

    const interrupted = await begun('--bundle', at('cut.tar'));
    interrupted.stdout?.resume();
    let told = '';
    interrupted.stderr?.on('data', (piece: Buffer) => (told += piece.toString()));
    // The draft of the one that was killed is replaced only when the other begins to write.
    const left = statSync(at('cut.tar.part')).ino;
    await until(async () => statSync(at('cut.tar.part'), { throwIfNoEntry: false })?.ino !== left);
    interrupted.kill('SIGINT');
    const [code] = (await once(interrupted, 'close')) as [number | null];
    const there = (await readdir(folder)).filter((name) => name.startsWith('cut'));
    // Whether it was in time, nobody can say; half of it is there in no case.
    if (code === 0) expect(there).toEqual(['cut.tar']);
    else expect([code, there, told]).toEqual([130, [], expect.stringContaining('interrupted')]);
    rmSync(at('cut.tar'), { force: true });
    expect((await ardoise('--bundle', at('cut.tar'))).code).toBe(0);
    expect(indexIn(await filesOf(at('cut.tar'))).trees).toHaveLength(1);
  });

  it('is used in one way', async () => {
    for (const words of [
      ['--bundle', at('x.tar'), '--headers'],
      ['--since', '5'],
    ]) {
      expect({ words, code: (await ardoise(...words)).code }).toEqual({ words, code: 2 });
    }
    const refused = await ardoise('--bundle', at('x.tar'), '--since', '100000');
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(/the ledger has \d+ leaves, not 100000/);
    expect((await readdir(folder)).filter((name) => name.startsWith('x'))).toEqual([]);
  });
});
