import { readHeader } from '@ardoise/format';
import { startTestServer as startDatabase, type TestServer as Database } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { placesOf } from '../support/engine';
import { startTestServer, type TestServer } from '../support/server';
import { storyCourse } from '../support/story';
import { serverMember, workerMember, type Member } from './fleet';
import { Load, person } from './load';

/** How often something is killed; the full run takes 50. */
const kills = Number(process.env.ARDOISE_KILLS ?? 4);
const organisation = 'mira';
jest.setTimeout(120_000 + kills * 20_000);

describe.each([
  ['one server', 1, 0],
  ['two servers and two workers', 2, 2],
] as const)('kill -9 under load: %s', (_, servers, workers) => {
  let database: Database;
  let folder: string;
  const fleet: Member[] = [];

  beforeAll(async () => {
    database = await startDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-crash-'));
    const environment = {
      ...(await placesOf(database.url)),
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      LOG_LEVEL: 'silent',
      ARDOISE_WORK: workers > 0 ? 'off' : 'on',
    };
    for (let i = 0; i < servers; i++) fleet.push(await serverMember(`server ${i}`, environment));
    for (let i = 0; i < workers; i++) fleet.push(workerMember(`worker ${i}`, { ...environment, ARDOISE_WORK: 'on' }));
    for (const one of fleet) await one.start();
  });

  afterAll(async () => {
    for (const one of fleet) await one.kill();
    await database.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`has every acknowledged command once, no gap, and read models as a rebuild makes them`, async () => {
    const load = new Load(
      fleet.flatMap(({ url }) => (url === undefined ? [] : [url])),
      organisation,
    );
    const enrolments = await prepare(load);
    load.start(16, enrolments);
    for (let kill = 0; kill < kills; kill++) {
      await delay(300 + ((kill * 137) % 900));
      const victim = fleet[kill % fleet.length] as Member;
      await victim.kill();
      await victim.start();
    }
    await load.stop();
    for (const one of fleet) expect(await one.stop()).toBe(0);
    await check(
      load,
      await startTestServer({
        organisation,
        databaseUrl: database.url,
        keysFolder: join(folder, 'keys'),
        // Leases of those that were killed have lapsed for it.
        now: new Date(Date.now() + 60_000).toISOString(),
      }),
    );
  });

  async function prepare(load: Load): Promise<string[]> {
    const course = await load.send('/courses', storyCourse);
    const enrolments: string[] = [];
    for (let i = 0; i < 20; i++) {
      const { id } = await load.send('/persons', person(`prepared ${i}`.replace(' ', '-')));
      const body = { person: id, course: course.id, traineeKind: 'individual', confirmed: true };
      enrolments.push((await load.send('/enrolments', body)).id);
    }
    return enrolments;
  }

  async function check(load: Load, server: TestServer): Promise<void> {
    try {
      await server.settled();
      const events = await server.platform.store.readLog(organisation, 0n, 1_000_000);
      const ids = new Map<string, number>();
      events.forEach(({ header }) => {
        const { id } = readHeader(header);
        ids.set(id, (ids.get(id) ?? 0) + 1);
      });
      expect(load.acknowledged.length).toBeGreaterThan(kills * 10);
      const wrong = load.acknowledged.flatMap(({ events: named }) => named.filter((id) => ids.get(id) !== 1));
      expect(wrong).toEqual([]);
      const commands = new Set(events.filter(({ version }) => version === 0).map(({ stream }) => stream));
      expect(commands.size).toBe(events.filter(({ version }) => version === 0).length);
      // On EventStoreDB a position is a place in the log, and not a number of events.
      const isCounted = server.platform.unit === 'events';
      events.forEach(({ position }, index) => {
        const wanted = isCounted ? BigInt(index + 1) : (events[index - 1]?.position ?? 0n) + 1n;
        if (position < wanted || (isCounted && position > wanted)) {
          throw new Error(`position ${position} stands where ${wanted} should`);
        }
      });
      const live = await server.platform.projections.digest(organisation);
      expect((await server.platform.projections.rebuild()).switched).toBe(true);
      expect(await server.platform.projections.digest(organisation)).toBe(live);
      process.stdout.write(
        `${kills} kills, ${load.acknowledged.length} acknowledged commands, ${events.length} events\n`,
      );
    } finally {
      await server.close();
    }
  }
});
