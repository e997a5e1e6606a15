import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createPool, EmbeddedPostgres, isUnavailable, settingsThatKeepValues, startEmbedded } from '.';

describe('The embedded PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-embedded-'));
  chmodSync(folder, 0o711);
  const dataFolder = join(folder, 'postgres');
  const said: string[] = [];
  const start = () => startEmbedded({ dataFolder, log: (message) => said.push(message), settings: { fsync: 'off' } });
  let server: EmbeddedPostgres;

  const ask = async (statement: string, url = server.url): Promise<string> => {
    const client = createClient(url, { applicationName: 'spec' });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, string>>(statement);
      return Object.values(rows[0] ?? {}).join();
    } finally {
      await client.end();
    }
  };
  const postmaster = () => Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);

  beforeAll(async () => {
    // What a crash in the middle of initdb leaves behind.
    mkdirSync(`${dataFolder}.new`);
    writeFileSync(join(`${dataFolder}.new`, 'PG_VERSION'), '18\n');
    server = await start();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('throws a half-made cluster away and makes it anew', async () => {
    expect(server.attached).toBe(false);
    expect(existsSync(`${dataFolder}.new`)).toBe(false);
    expect(await ask('SELECT current_database()')).toBe('ardoise');
    expect(await ask('SHOW data_checksums')).toBe('on');
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(ask('SELECT 1', url.href)).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(folder, 'postgres.password')).mode & 0o777).toBe(0o600);
  });

  it('writes neither statements nor values to its log', async () => {
    const pool = createPool(server.url, { applicationName: 'spec' });
    await expect(pool.query('SELECT $1::int', ['canary-7f3a'])).rejects.toThrow(/canary/);
    await expect(pool.query(`SELECT 'canary-7f3a' / 0`)).rejects.toThrow();
    await expect(pool.query(`DO $$ BEGIN RAISE WARNING 'canary-7f3a'; END $$`)).resolves.toBeDefined();
    await expect(pool.query(`SELECT pg_sleep(0), 'canary-7f3a'::date`)).rejects.toThrow();
    expect(await settingsThatKeepValues(pool)).toEqual([]);
    await pool.end();
    const found = spawnSync('grep', ['-r', 'canary-7f3a', join(dataFolder, 'log'), join(dataFolder, 'start.log')]);
    expect(found.stdout.toString()).toBe('');
  });

  it('is asked what another server would keep of values', async () => {
    const pool = createPool(server.url, { applicationName: 'spec', max: 1 });
    for (const setting of [
      `log_statement = 'mod'`,
      'log_min_duration_statement = 500',
      'log_parameter_max_length_on_error = -1',
      `log_min_messages = 'warning'`,
    ]) {
      await pool.query(`SET ${setting}`);
    }
    expect((await settingsThatKeepValues(pool)).map(({ setting, value }) => [setting, value])).toEqual([
      ['log_statement', 'mod'],
      ['log_min_duration_statement', '500'],
      ['log_parameter_max_length_on_error', '-1'],
      ['log_min_messages', 'warning'],
    ]);
    await pool.end();
  });

  it('is attached to by a second start, whose stop leaves it alone while the first one lives', async () => {
    const second = await start();
    expect(second).toMatchObject({ attached: true, url: server.url });
    await second.stop();
    expect(await ask('SELECT 1')).toBe('1');
  });

  it('belongs to the next process when its owner died', async () => {
    const owner = JSON.parse(readFileSync(join(folder, 'postgres.owner'), 'utf8')) as { started: string };
    writeFileSync(join(folder, 'postgres.owner'), JSON.stringify({ ...owner, started: 'another time', claim: 'x' }));
    server = await start();
    expect(server.attached).toBe(true);
    await server.stop();
    expect(isUnavailable(await ask('SELECT 1').catch((error: unknown) => error))).toBe(true);
    server = await start();
    expect(server.attached).toBe(false);
  });

  it('comes back after a crash, also when its number now belongs to somebody else', async () => {
    await ask(`CREATE TABLE IF NOT EXISTS kept AS SELECT 'still here'`).catch(() => undefined);
    await ask('CHECKPOINT');
    process.kill(postmaster(), 'SIGKILL');
    server = await start();
    expect(await ask('TABLE kept')).toBe('still here');
    await server.stop();
    writeFileSync(join(dataFolder, 'postmaster.pid'), `${process.pid}\n${dataFolder}\n0\n5432\n\n127.0.0.1\n\nready\n`);
    server = await start();
    expect(server.attached).toBe(false);
    expect(await ask('TABLE kept')).toBe('still here');
  });

  it('started twice at once is started once', async () => {
    await server.stop();
    const both = await Promise.all([start(), start()]);
    expect(both.map(({ attached }) => attached).sort()).toEqual([false, true]);
    server = both.find(({ attached }) => !attached) as EmbeddedPostgres;
  });

  it('says when a connection is refused', async () => {
    const error: unknown = await ask('SELECT 1', 'postgres://a:b@127.0.0.1:1/x').catch((cause: unknown) => cause);
    expect(isUnavailable(error)).toBe(true);
  });
});
