import { createTestDatabase } from '@ardoise/testing';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { backUp, restore, type Manifest, type PartName } from '@ardoise/backup';
import { Recovery } from '../src/keys/recovery/recovery';
import { Reactions } from '../src/platform/reactions';
import { createClient } from '@ardoise/postgres';
import { silentSteps } from '@ardoise/steps';
import { capabilities } from '../src/capabilities';
import { allMigrations } from '../src/platform/database';
import { backUpSite, restoreSite, type Site } from './support/backups';
import { contentOf, guardsOf } from './support/database-content';
import { onPostgres } from './support/engine';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, registerLearner, tellStory, type Story } from './support/story';

const marker = 'CANARY-BK51';

const partOf = (table: string): PartName => {
  const [schema = ''] = table.split('.');
  if (schema === 'log' || schema === 'ledger') return 'log';
  return schema === 'vault' ? 'vault' : 'read';
};

/** Without what was signed, and the trees it is of: no restore takes those away, and every recovery adds to them. */
const unsigned = (content: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(content).filter(([table]) => !['ledger.checkpoints', 'ledger.trees'].includes(table)),
  );

onPostgres('a backup in parts, and what becomes of a database that parts are restored to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-backup-'));
  const early = join(folder, 'early');
  const late = join(folder, 'late');
  let site: Site;
  let drop: () => Promise<void>;
  let story: Story;
  let newcomer: string;
  const content: Record<string, Record<string, string>> = {};
  let guards: string[];

  const running = new Set<TestServer>();
  let starts = 0;
  const start = async (): Promise<TestServer> => {
    starts += 1;
    // Each a minute later: the leases of whoever ran when a backup was taken are over.
    const now = new Date(Date.parse('2026-03-02T09:00:00Z') + starts * 60_000).toISOString();
    const server = await startTestServer({
      now,
      databaseUrl: site.url,
      keysFolder: site.keysFolder,
      environment: { ARDOISE_DATA: site.dataFolder },
    });
    running.add(server);
    const close = async (): Promise<void> => {
      running.delete(server);
      await server.close();
    };
    return { ...server, close };
  };
  // One test that fails must not leave the next ones a database in use.
  afterEach(async () => {
    for (const server of running) await server.close();
    running.clear();
  });
  /** A server on what was restored: in quarantine where log or vault are older than the anchor knows, and recovered. */
  const recovered = async (): Promise<{ server: TestServer; reasons: string[] }> => {
    const server = await start();
    const quarantined = server.platform.quarantines.list();
    const recovery = new Recovery(server.platform, server.app.get(Reactions));
    for (const { organisation } of quarantined) await recovery.run({ organisation, reason: 'log-restored' });
    await server.settled();
    const reasons = quarantined.find(({ organisation }) => organisation === 'mira')?.reasons ?? [];
    return { server, reasons: reasons.map(({ code }) => code) };
  };

  const manifest = (backup: string, part: PartName): Manifest =>
    JSON.parse(readFileSync(join(backup, part, 'manifest.json'), 'utf8')) as Manifest;

  beforeAll(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    site = { url: database.url, dataFolder: join(folder, 'data'), keysFolder: join(folder, 'keys') };
    const blob = join(site.dataFolder, 'blobs', 'mira', '0a', '0a'.repeat(16));
    mkdirSync(join(blob, '..'), { recursive: true });
    writeFileSync(blob, 'sealed');
    let server = await start();
    const course = await createCourse(server);
    story = await tellStory(server, marker, { course, session: await openSession(server, course, 12) });
    await server.close();
    content.early = await contentOf(site.url);
    guards = await guardsOf(site.url);
    await backUpSite(site, early);
    server = await start();
    newcomer = await registerLearner(server, 'Newcomer');
    await server.settled();
    await server.close();
    content.late = await contentOf(site.url);
    await backUpSite(site, late);
  });

  afterAll(async () => {
    await drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says of each part what it is, holds what it says, and is its owner’s alone', () => {
    expect(readdirSync(early).sort()).toEqual(['blobs', 'log', 'read', 'vault']);
    for (const part of ['log', 'vault', 'read', 'blobs'] as const) {
      const { format, words, tables, blobs, heads, migrations } = manifest(early, part);
      expect([format, statSync(join(early, part)).mode & 0o777]).toEqual(['ardoise-backup-1', 0o700]);
      expect(words.keepFor.fr.length).toBeGreaterThan(20);
      expect(Number(heads.mira?.position)).toBeGreaterThan(20);
      expect(migrations.map(({ id }) => id)).toContain('log-001-tables');
      for (const { file, bytes, sha256 } of [...tables, ...(blobs ? [blobs] : [])]) {
        const is = readFileSync(join(early, part, file));
        expect([file, is.length, createHash('sha256').update(is).digest('hex')]).toEqual([file, bytes, sha256]);
        expect(statSync(join(early, part, file)).mode & 0o777).toBe(0o600);
      }
    }
    expect(manifest(early, 'read').tables.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['read.identities', 'erasures.processes', 'reactions.checkpoints']),
    );
    expect(readFileSync(join(early, 'blobs', 'files', 'mira', '0a', '0a'.repeat(16)), 'utf8')).toBe('sealed');
  });

  it('holds opened values in the part of read models alone, and neither key nor anchor in any', () => {
    const key = readFileSync(join(site.keysFolder, 'kek-1.key'), 'utf8').trim();
    for (const part of ['log', 'vault', 'read'] as const) {
      const texts = manifest(early, part).tables.map(({ file }) =>
        gunzipSync(readFileSync(join(early, part, file))).toString(),
      );
      const all = texts.join('\n');
      expect([part, all.includes(marker)]).toEqual([part, part === 'read']);
      expect(all.includes(key)).toBe(false);
    }
  });

  it('is refused inside the folder of keys, over something that is there, and when it is stopped', async () => {
    await expect(backUpSite(site, join(site.keysFolder, 'backup'))).rejects.toMatchObject({
      code: 'backup-place-refused',
    });
    await expect(backUpSite(site, early)).rejects.toMatchObject({ code: 'backup-place-refused' });
    const stop = new AbortController();
    const to = join(folder, 'stopped');
    const stopped = backUp({
      ...site,
      to,
      parts: ['log', 'read'],
      migrations: allMigrations(capabilities),
      now: new Date(),
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  it('is of one moment while the server goes on: every read model stands where its log ends or before', async () => {
    const server = await start();
    let going = true;
    const writing = (async () => {
      for (let i = 0; going; i++) await registerLearner(server, `Busy${i}`);
    })();
    const to = join(folder, 'busy');
    await backUpSite(site, to);
    going = false;
    await writing;
    await server.settled();
    const written = (await contentOf(site.url, ['log']))['log.events'];
    await server.close();
    await restoreSite(site, [to]);
    const { rows } = await ask<{ ahead: string; gaps: string; events: string }>(
      `SELECT (SELECT count(*) FROM read.checkpoints c JOIN log.heads h USING (organisation) WHERE c.position > h.position) AS ahead,
              (SELECT count(*) FROM log.heads h WHERE position <> (SELECT count(*) FROM log.events e WHERE e.organisation = h.organisation)) AS gaps,
              (SELECT count(*) FROM log.events) AS events`,
    );
    expect(rows[0]).toMatchObject({ ahead: '0', gaps: '0' });
    expect(Number(rows[0]?.events)).toBeLessThan(Number(written?.split(' ')[0]));
    const { server: after } = await recovered();
    const live = await after.platform.projections.digest('mira');
    await after.platform.projections.rebuild();
    expect(await after.platform.projections.digest('mira')).toBe(live);
    await after.close();
  });

  it('is restored by nobody while somebody works on the database', async () => {
    const server = await start();
    const before = await contentOf(site.url, ['log']);
    await expect(restoreSite(site, [early])).rejects.toMatchObject({
      code: 'database-in-use',
      message: expect.stringContaining('test'),
    });
    expect(await contentOf(site.url, ['log'])).toEqual(before);
    await server.close();
  });

  it('is not restored when a byte of it differs, or when a newer version wrote it', async () => {
    const before = await contentOf(site.url);
    const broken = join(folder, 'broken');
    cpSync(early, broken, { recursive: true });
    const file = join(broken, 'vault', 'vault.units.copy.gz');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(restoreSite(site, [broken])).rejects.toMatchObject({ code: 'backup-damaged' });
    const newer = { ...manifest(early, 'log'), migrations: [{ id: 'log-999-later', sha256: 'x' }] };
    writeFileSync(join(broken, 'log', 'manifest.json'), JSON.stringify(newer));
    await expect(restoreSite(site, [broken], ['log'])).rejects.toMatchObject({ code: 'backup-newer' });
    rmSync(join(broken, 'blobs', 'files'), { recursive: true });
    await expect(restoreSite(site, [broken], ['blobs'])).rejects.toMatchObject({ code: 'backup-damaged' });
    await expect(restoreSite(site, [join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'backup-not-found' });
    expect(await contentOf(site.url)).toEqual(before);
  });

  it('gives every row back, with the guards in force again, when all of it is restored', async () => {
    expect(await restoreSite(site, [early])).toMatchObject({ readModels: 'restored' });
    expect(unsigned(await contentOf(site.url))).toEqual(unsigned(content.early));
    expect(await guardsOf(site.url)).toEqual(guards);
    await expect(ask('DELETE FROM log.events')).rejects.toThrow(/append-only/);
    await restoreSite(site, [late]);
    expect(unsigned(await contentOf(site.url))).toEqual(unsigned(content.late));
  });

  it('finds parts that lie apart, and goes into an empty database', async () => {
    const apart = join(folder, 'elsewhere', 'of-the-vault');
    cpSync(join(early, 'vault'), apart, { recursive: true });
    const empty = await createTestDatabase();
    try {
      const there = { ...site, url: empty.url, dataFolder: join(folder, 'other-data') };
      await restoreSite(there, [join(early, 'log'), apart, join(early, 'read'), join(early, 'blobs')]);
      expect(await contentOf(empty.url)).toEqual(content.early);
      expect(readFileSync(join(there.dataFolder, 'blobs', 'mira', '0a', '0a'.repeat(16)), 'utf8')).toBe('sealed');
    } finally {
      await empty.drop();
    }
  });

  it('puts back blobs that are missing or cut short, and leaves the others alone', async () => {
    const blobs = join(site.dataFolder, 'blobs', 'mira');
    writeFileSync(join(blobs, '0a', '0a'.repeat(16)), 'sea');
    mkdirSync(join(blobs, 'ff'));
    writeFileSync(join(blobs, 'ff', 'ff'.repeat(16)), 'newer');
    chmodSync(join(blobs, 'ff'), 0o700);
    expect(await restoreSite(site, [early], ['blobs'])).toEqual({ parts: ['blobs'], readModels: 'untouched' });
    expect(readFileSync(join(blobs, '0a', '0a'.repeat(16)), 'utf8')).toBe('sealed');
    expect(existsSync(join(blobs, 'ff', 'ff'.repeat(16)))).toBe(true);
    expect(unsigned(await contentOf(site.url))).toEqual(unsigned(content.late));
  });

  const combinations: [PartName[], string][] = [
    [['log'], 'emptied'],
    [['vault'], 'emptied'],
    [['log', 'vault'], 'emptied'],
    [['log', 'read'], 'emptied'],
    [['vault', 'read'], 'emptied'],
    [['log', 'vault', 'read'], 'restored'],
  ];

  it.each(combinations)(
    'restored as %j, the read models are %s and stand nowhere beyond the log',
    async (parts, readModels) => {
      await restoreSite(site, [late]);
      expect(await restoreSite(site, [early], parts)).toEqual({ parts, readModels });
      const now = unsigned(await contentOf(site.url));
      for (const [table, digest] of Object.entries(now)) {
        const part = partOf(table);
        const source = parts.includes(part) ? content.early : content.late;
        expect([table, digest]).toEqual([table, part === 'read' && readModels === 'emptied' ? '0 ' : source?.[table]]);
      }
      expect(await guardsOf(site.url)).toEqual(guards);
    },
  );

  it('keeps read models alone only beside the log of their moment', async () => {
    await restoreSite(site, [late]);
    await expect(restoreSite(site, [early], ['read'])).rejects.toMatchObject({ code: 'backup-parts-apart' });
    expect(unsigned(await contentOf(site.url))).toEqual(unsigned(content.late));
    await ask('TRUNCATE read.identities');
    expect(await restoreSite(site, [late], ['read'])).toEqual({ parts: ['read'], readModels: 'restored' });
    expect(unsigned(await contentOf(site.url))).toEqual(unsigned(content.late));
  });

  it('lets the server build what it shows from a restored log', async () => {
    await restoreSite(site, [late]);
    const { server: whole } = await recovered();
    const shown = await whole.platform.projections.digest('mira');
    await whole.close();
    await restoreSite(site, [late], ['log', 'vault']);
    const { server } = await recovered();
    expect(await server.platform.projections.digest('mira')).toBe(shown);
    expect((await server.get(`/persons/${newcomer}`)).status).toBe(200);
    await server.close();
    await restoreSite(site, [early], ['log', 'vault']);
    const { server: earlier, reasons } = await recovered();
    expect(reasons).toEqual(expect.arrayContaining(['log-older', 'vault-older']));
    expect(JSON.stringify((await earlier.get(`/persons/${story.person}`)).body)).toContain(marker);
    expect((await earlier.get(`/persons/${newcomer}`)).status).toBe(404);
    await earlier.close();
  });

  it('goes on with a vault that is newer than its log, and with one that is older, whose missing keys are lost', async () => {
    await restoreSite(site, [late]);
    await restoreSite(site, [early], ['log']);
    const { server: newer, reasons } = await recovered();
    expect(reasons).toContain('log-older');
    expect((await newer.get(`/persons/${story.person}`)).status).toBe(200);
    expect((await newer.get(`/persons/${newcomer}`)).status).toBe(404);
    await newer.close();
    await restoreSite(site, [late]);
    await restoreSite(site, [early], ['vault']);
    const { server: older, reasons: why } = await recovered();
    expect(why).toContain('vault-older');
    expect((await older.get(`/persons/${story.person}`)).status).toBe(200);
    expect((await older.get(`/persons/${newcomer}`)).status).toBe(404);
    expect((await older.http().get('/health/ready')).body.checks.projections).toBe('up');
    await older.close();
  });

  it('makes the tables of an older backup as they were, and changes its rows as later migrations did', async () => {
    await restoreSite(site, [late]);
    const { url, dataFolder } = site;
    const renamed = 'ALTER TABLE vault.persons ADD COLUMN told text; UPDATE vault.persons SET told = person;';
    const migrations = [...allMigrations(capabilities), { id: 'vault-999-told', statements: renamed }];
    const options = { url, dataFolder, from: [early], migrations, steps: silentSteps };
    await restore(options);
    const told = `SELECT count(*) AS persons, count(*) FILTER (WHERE told = person) AS told FROM vault.persons`;
    expect((await ask(told)).rows).toEqual([{ persons: '1', told: '1' }]);
    // Again: now the tables are the newer ones, and the backup still is not.
    await restore(options);
    expect((await ask(told)).rows).toEqual([{ persons: '1', told: '1' }]);
    expect(await contentOf(url, ['log', 'read'])).toEqual(
      Object.fromEntries(Object.entries(content.early ?? {}).filter(([name]) => /^(log|read)\./.test(name))),
    );
    expect(await guardsOf(url)).toEqual(guards);
    await expect(restoreSite(site, [early])).rejects.toMatchObject({ code: 'backup-newer' });
    await ask(
      `ALTER TABLE vault.persons DROP COLUMN told; DELETE FROM public.ardoise_migrations WHERE id = 'vault-999-told'`,
    );
  });

  async function ask<Row extends object>(statement: string): Promise<{ rows: Row[] }> {
    const client = createClient(site.url, { applicationName: 'spec' });
    await client.connect();
    try {
      return await client.query<Row>(statement);
    } finally {
      await client.end();
    }
  }
});
