import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recovery } from '../src/keys/recovery/recovery';
import { Reactions } from '../src/platform/reactions';
import { backUpSite, restoreSite, type Site } from './support/backups';
import { onEventStoreDB } from './support/engine';
import { erased } from './support/erasing';
import { searchDatabase } from './support/search';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, registerLearner, tellStory, type Story } from './support/story';
import { sizeOf } from './support/whole-log';

const marker = 'CANARY-EB41';

/** The parts of a backup are what PostgreSQL holds: the log beside it goes on, and knows what ended since. */
onEventStoreDB('a backup of an installation whose log is on EventStoreDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-eventstoredb-backup-'));
  const backup = join(folder, 'backup');
  let database: TestDatabase;
  let site: Site;
  let server: TestServer;
  let story: Story;
  let newcomer: string;
  let starts = 0;

  const start = (): Promise<TestServer> =>
    startTestServer({
      // Each a minute later: the leases of whoever ran when the backup was taken are over.
      now: new Date(Date.parse('2026-03-02T09:00:00Z') + ++starts * 60_000).toISOString(),
      databaseUrl: site.url,
      keysFolder: site.keysFolder,
      environment: { ARDOISE_DATA: site.dataFolder },
    });
  const reasons = (): string[] =>
    (server.platform.quarantines.of('mira')?.reasons ?? []).map(({ code }) => code).sort();

  beforeAll(async () => {
    database = await createTestDatabase();
    site = { url: database.url, dataFolder: join(folder, 'data'), keysFolder: join(folder, 'keys') };
    server = await start();
    const course = await createCourse(server);
    story = await tellStory(server, marker, { course, session: await openSession(server, course, 12) });
    await backUpSite(site, backup);
    await erased(server, story.person);
    newcomer = await registerLearner(server, 'Newcomer');
    await server.settled();
    await server.close();
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([[['vault']], [['vault', 'log']], [['vault', 'log', 'read']]] as const)(
    'put back as %j brings nothing back of who was erased since, and loses nothing of the log',
    async (parts) => {
      await restoreSite(site, [backup], [...parts]);
      server = await start();
      expect(reasons()).toContain('vault-older');
      expect(await searchDatabase(site.url, marker)).toEqual([]);
      await server.get(`/persons/${story.person}`).expect(410);
      const size = await sizeOf(server.platform.store);
      const recovery = new Recovery(server.platform, server.app.get(Reactions));
      expect(await recovery.run({ organisation: 'mira', reason: 'vault-restored' })).toBe(true);
      await server.settled();
      expect(reasons()).toEqual([]);
      expect(await sizeOf(server.platform.store)).toBeGreaterThan(size);
      expect(await searchDatabase(site.url, marker)).toEqual([]);
      const units = await server.platform.vault.unitsOf('mira', [story.person]);
      const states = await server.platform.upkeep.examine('mira', units);
      const open = units.filter(({ unit, state }) => states.get(unit) === 'open' && state !== 'held');
      expect(open).toEqual([]);
      // Their keys were in no backup.
      await server.get(`/persons/${newcomer}`).expect(404);
      await registerLearner(server, 'Goes-on');
      await server.settled();
      expect(await server.platform.ledger.check('mira')).toBeUndefined();
      await server.close();
    },
  );
});
