import { readEngine, rememberEngine } from '@ardoise/event-store';
import { leafHash } from '@ardoise/format';
import { CompactRange } from '@ardoise/ledger';
import type { EventStoreConfig } from '@ardoise/config';
import { logCopySteps } from '@ardoise/log-copy';
import { silentSteps, type Steps } from '@ardoise/steps';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SystemClock } from '@ardoise/time';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capabilities } from '../src/capabilities';
import { allMigrations } from '../src/platform/database';
import { giveUpMovingLog, moveLog, type MoveLogOptions } from '../src/platform/move-log';
import { nodeOf, onEventStoreDB } from './support/engine';
import { erased } from './support/erasing';
import { startTestServer, until, type TestServer } from './support/server';
import { createCourse, openSession, storyCourse, tellStory, type Story } from './support/story';
import { wholeLog } from './support/whole-log';

const marker = 'CANARY-MV35';
const postgres: EventStoreConfig = { kind: 'postgres' };

onEventStoreDB('an installation whose log is moved to EventStoreDB and back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-moved-'));
  let database: TestDatabase;
  let eventstoredb: Extract<EventStoreConfig, { kind: 'eventstoredb' }>;
  let server: TestServer;
  let story: Story;
  const roots = new Map<number, Buffer>();

  beforeAll(async () => {
    database = await createTestDatabase();
    eventstoredb = { kind: 'eventstoredb', url: (await nodeOf(database.url))?.url ?? '' };
    server = await start(postgres);
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    await tellStory(server, 'Bystander', { course, session });
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (engine: EventStoreConfig) =>
    startTestServer({
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      environment: {
        ARDOISE_DATA: join(folder, 'data'),
        EVENT_STORE: engine.kind,
      },
    });
  const moving = (from: EventStoreConfig, to: EventStoreConfig, steps: Steps = silentSteps): MoveLogOptions => ({
    url: database.url,
    from,
    to,
    migrations: allMigrations(capabilities),
    knows: server.platform.registry.versions(),
    clock: new SystemClock(),
    steps,
    name: 'ardoise log copy',
  });
  const move = (from: EventStoreConfig, to: EventStoreConfig) => moveLog(moving(from, to));
  const create = (on: TestServer, key: string) => on.post('/courses', storyCourse, { 'idempotency-key': key });

  /** Records until it is told that the log was moved; gives the keys that were answered, and the one that was not. */
  async function recordUntilMoved(on: TestServer): Promise<{ done: string[]; open: string }> {
    const done: string[] = [];
    for (;;) {
      const key = randomUUID();
      const { status, body } = await create(on, key);
      if (status === 503) {
        expect(body.code).toBe('log-moved');
        return { done, open: key };
      }
      expect(status).toBe(201);
      done.push(key);
    }
  }

  async function switched(from: EventStoreConfig, to: EventStoreConfig): Promise<void> {
    await rememberRoot();
    const digest = await server.platform.projections.digest('mira');
    const [{ done, open }, result] = await Promise.all([recordUntilMoved(server), move(from, to)]);
    expect(result.organisations).toBe(server.platform.policies.size);
    const old = server;
    server = await start(to);
    await create(old, open).expect(503);
    const { body } = await old.http().get('/health/ready').expect(503);
    expect(body).toMatchObject({ checks: { log: 'left' }, moved: { code: 'log-moved' } });
    await old.close();
    await rejectedFrom(from);
    const before = await server.platform.store.head('mira');
    for (const key of done.slice(-3)) await create(server, key).expect(201);
    expect(await server.platform.store.head('mira')).toBe(before);
    await create(server, open).expect(201);
    expect(await server.platform.store.head('mira')).toBeGreaterThan(before);
    await server.settled();
    expect(digest).not.toBe(await server.platform.projections.digest('mira'));
    await checkRoots();
    await rebuilt();
  }

  /** Whoever was not told of the move is told by the start. */
  async function rejectedFrom(from: EventStoreConfig): Promise<void> {
    const there = from.kind === 'postgres' ? 'eventstoredb' : 'postgres';
    expect(await readEngine(server.platform.pools.log)).toBe(there);
    await expect(start(from)).rejects.toThrow(new RegExp(`(was moved to|are on) .*set EVENT_STORE=${there}`));
  }

  it('is not begun on a node without records, where it has some on EventStoreDB', async () => {
    const { url, drop } = await createTestDatabase();
    await migrate(url, allMigrations(capabilities));
    const pool = createPool(url, { role: 'ardoise_log', applicationName: 'spec' });
    await rememberEngine(pool, 'eventstoredb').finally(() => pool.end());
    await expect(startTestServer({ databaseUrl: url })).rejects.toThrow(/without any record/);
    await drop();
  });

  it('goes on there, with every command once, the same roots, and read models as a rebuild makes them', async () => {
    await switched(postgres, eventstoredb);
    expect((await server.get(`/persons/${story.person}`).expect(200)).text).toContain(marker);
  });

  it('erases there', async () => {
    await erased(server, story.person);
    await server.get(`/persons/${story.person}`).expect(410);
    for (const { header, sections } of await wholeLog(server.platform.store)) {
      expect(Buffer.concat([header, sections]).includes(marker)).toBe(false);
    }
  });

  it('goes back with what was recorded and erased there', async () => {
    await switched(eventstoredb, postgres);
    expect(server.platform.unit).toBe('positions');
    await server.get(`/persons/${story.person}`).expect(410);
  });

  it('is stopped with both sides closed when its session is lost, and goes on when it is given up', async () => {
    const lose: Steps = { done: (step) => (step === logCopySteps.sourceClosed ? loseSession() : undefined) };
    await expect(moveLog(moving(postgres, eventstoredb, lose))).rejects.toMatchObject({ code: 'both-closed' });
    await create(server, randomUUID()).expect(503);
    expect(await giveUpMovingLog(moving(postgres, eventstoredb))).toBe(true);
    await until(async () => (await server.http().get('/health/ready')).status === 200);
    await create(server, randomUUID()).expect(201);
    await expect(start(eventstoredb)).rejects.toThrow(/are on PostgreSQL/);
  });

  it('goes there again, behind what stands there', async () => {
    await switched(postgres, eventstoredb);
    await server.get(`/persons/${story.person}`).expect(410);
  });

  async function loseSession(): Promise<void> {
    const owner = createPool(database.url, { applicationName: 'spec' });
    const name = 'ardoise log copy lock';
    await owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]);
    await owner.end();
  }

  async function rememberRoot(): Promise<void> {
    await server.settled();
    const head = await server.platform.store.head('mira');
    const { size, root } = await server.platform.sequencer.sequenced('mira', head);
    roots.set(size, root);
  }

  /** What was signed on either engine is what the log gives that is read now. */
  async function checkRoots(): Promise<void> {
    await rememberRoot();
    const range = new CompactRange();
    const found = new Map<number, Buffer>();
    for (const { header } of await wholeLog(server.platform.store)) {
      range.append(leafHash(header));
      if (roots.has(range.size)) found.set(range.size, range.root());
    }
    expect(found).toEqual(roots);
    expect(await server.platform.ledger.check('mira')).toBeUndefined();
  }

  async function rebuilt(): Promise<void> {
    const { projections } = server.platform;
    const digest = await projections.digest('mira');
    expect(await projections.rebuild()).toMatchObject({ switched: true });
    await until(async () => (await projections.digest('mira')) === digest);
  }
});
