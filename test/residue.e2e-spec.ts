import { createClient } from '@ardoise/postgres';
import { startTestServer as startPostgres, type TestServer as Postgres } from '@ardoise/testing';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Maintenance } from '../src/maintenance/maintenance';
import { backUpSite, type Site } from './support/backups';
import { nodeOf } from './support/engine';
import { erased } from './support/erasing';
import { filesBelow, filesThatHold, holds, walFrom } from './support/files';
import { searchDatabase } from './support/search';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, registerLearner, tellStory, type Story } from './support/story';

const marker = 'CANARY-RS29';

/** What docs/erasure.md says of where bytes of the erased stand, and until when. */
describe('the bytes of an erased person', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-residue-'));
  const said: string[] = [];
  let postgres: Postgres;
  let dataFolder: string;
  let site: Site;
  let server: TestServer;
  let story: Story;
  let maintenance: Maintenance;

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockImplementation((piece) => {
      said.push(String(piece));
      return true;
    });
    // What is compressed would hide the marker from the search, and a vacuum is only wanted where it is asked for.
    postgres = await startPostgres({ wal_compression: 'off', autovacuum: 'off' });
    dataFolder = await one('SHOW data_directory');
    site = { url: postgres.url, dataFolder: join(folder, 'data'), keysFolder: join(folder, 'keys') };
    server = await startTestServer({
      databaseUrl: site.url,
      keysFolder: site.keysFolder,
      environment: { LOG_LEVEL: 'debug', ARDOISE_DATA: site.dataFolder },
    });
    maintenance = server.app.get(Maintenance, { strict: false });
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    await tellStory(server, 'Bystander', { course, session });
    const documents = `/v1/organisations/mira/persons/${story.person}/documents`;
    await server
      .http()
      .post(`${documents}?kind=identity-document&name=${marker}.txt`)
      .set('content-type', 'text/plain')
      .send(`${marker} in a document`)
      .expect(201);
    await server.settled();
  });

  afterAll(async () => {
    await server.close();
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
    jest.restoreAllMocks();
  });

  async function one(statement: string, values: unknown[] = []): Promise<string> {
    const client = createClient(postgres.url, { applicationName: 'spec' });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(statement, values);
      return String(Object.values(rows[0] ?? {})[0]);
    } finally {
      await client.end();
    }
  }

  /** Where the marker stands in the data folder, relations by name, other files by path; and in that of a log elsewhere. */
  async function found(what = marker): Promise<string[]> {
    await one('CHECKPOINT');
    const places = new Set<string>();
    for (const file of filesThatHold(dataFolder, what)) {
      const [, , node] = /^base\/(\d+)\/(\d+)/.exec(file) ?? [];
      if (node) places.add(await one('SELECT coalesce(pg_filenode_relation(0, $1)::text, $2)', [node, file]));
      else places.add(file.startsWith('pg_wal/') ? 'pg_wal' : file);
    }
    const node = await nodeOf(site.url);
    if (node && filesThatHold(node.folder, what).length > 0) places.add('log.node');
    return [...places].sort();
  }

  const inBackup = (backup: string): string[] =>
    filesBelow(backup)
      .filter((file) => {
        const bytes = readFileSync(file);
        return holds(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, marker);
      })
      .map((file) => file.slice(backup.length + 1).split('/')[0] as string);

  it('stand, while the person is there, in read models and their indexes, in the write-ahead log and in the part read', async () => {
    const places = await found();
    expect(places).toContain('read.identities');
    expect(places.filter((place) => !place.startsWith('read.') && place !== 'pg_wal')).toEqual([]);
    // The link from a unit to what it was of is bytes as well.
    expect(await found(story.enrolment)).toContain('vault.units');
    expect(filesBelow(join(site.dataFolder, 'blobs'))).toHaveLength(1);
    expect(filesThatHold(site.dataFolder, marker)).toEqual([]);
    await backUpSite(site, join(folder, 'before'));
    expect(new Set(inBackup(join(folder, 'before')))).toEqual(new Set(['read']));
  });

  it('stay after the erasure where they were, in pages that nobody can read any more through the database', async () => {
    await erased(server, story.person);
    await server.settled();
    expect(await searchDatabase(site.url, marker)).toEqual([]);
    const places = await found();
    expect(places).toContain('read.identities');
    expect(places.filter((place) => !place.startsWith('read.') && place !== 'pg_wal')).toEqual([]);
    // The link from a unit to what it was of is bytes as well.
    expect(await found(story.enrolment)).toContain('vault.units');
    expect(filesBelow(join(site.dataFolder, 'blobs'))).toEqual([]);
    await backUpSite(site, join(folder, 'after'));
    expect(inBackup(join(folder, 'after'))).toEqual([]);
  });

  it('stay in holes of pages after a vacuum, which only frees the room', async () => {
    expect(await maintenance.run({ rewrite: 'none' })).toMatchObject({ done: true, rewritten: [] });
    const places = await found();
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => !place.startsWith('read.') && place !== 'pg_wal')).toEqual([]);
  });

  it('are in no file of the database once the tables are rewritten, nor in anything written afterwards', async () => {
    const result = await maintenance.run({ rewrite: 'all' });
    expect(result).toMatchObject({ done: true, busy: [], walLeftBehind: true });
    expect(result.rewritten).toEqual(expect.arrayContaining(['read.identities', 'vault.units', 'erasures.processes']));
    const lsn = await one('SELECT pg_current_wal_lsn()');
    expect(await found()).toEqual([]);
    expect((await found(story.enrolment)).filter((place) => !place.includes('log.'))).toEqual([]);
    // What writes most: another person, and all read models anew.
    await registerLearner(server, 'Later');
    await server.settled();
    await server.platform.projections.rebuild();
    expect(await found()).toEqual([]);
    const wal = walFrom(dataFolder, lsn);
    expect(wal.length).toBeGreaterThan(100_000);
    expect(holds(wal, marker)).toBe(false);
    expect(holds(wal, 'Later')).toBe(true);
    await backUpSite(site, join(folder, 'later'));
    expect(inBackup(join(folder, 'later'))).toEqual([]);
  });

  it('were never in a log of the server or of PostgreSQL, nor in what a stopped reaction remembers', async () => {
    expect(said.join('').length).toBeGreaterThan(1_000);
    expect(holds(Buffer.from(said.join('')), marker)).toBe(false);
    expect(filesThatHold(join(dataFolder, 'log'), marker)).toEqual([]);
    expect(await searchDatabase(site.url, marker, ['reactions', 'erasures', 'maintenance'])).toEqual([]);
  });
});
