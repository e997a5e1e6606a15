import { readHeader } from '@ardoise/format';
import { EventStoreUnavailableError, type StoredEvent } from '@ardoise/event-store';
import { startTestServer as startDatabase, type TestServer as Database } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, onCluster } from '../support/cluster';
import { startTestServer, type TestServer, until } from '../support/server';
import { storyCourse } from '../support/story';
import { type Member, serverMember } from './fleet';
import { type Acknowledged, Load, person } from './load';

const organisation = 'mira';
const kills = 3;
/** Within this time, in milliseconds, a command has an answer, whatever is the matter with the cluster. */
const bounded = 15_000;
jest.setTimeout(600_000);

onCluster('three nodes of EventStoreDB', (cluster: Cluster) => {
  let database: Database;
  let folder: string;
  let member: Member;
  let load: Load;
  const eventStore = { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: cluster.url };

  beforeAll(async () => {
    await cluster.startMissing();
    database = await startDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-leader-'));
    member = await serverMember('server', {
      ...eventStore,
      DATABASE_URL: database.url,
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      LOG_LEVEL: 'silent',
    });
    await member.start();
    load = new Load([member.url!], organisation);
  });

  afterAll(async () => {
    await member.kill();
    await database.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  // Clients send commands without end and repeat what had no answer, under the same key.
  it('keep every acknowledged command once and in order while leaders are killed under load', async () => {
    const course = await load.send('/courses', storyCourse);
    const enrolments: string[] = [];
    for (let i = 0; i < 20; i++) {
      const { id } = await load.send('/persons', person(`prepared-${i}`));
      const body = { person: id, course: course.id, traineeKind: 'individual', confirmed: true };
      enrolments.push((await load.send('/enrolments', body)).id);
    }
    load.start(16, enrolments);
    const killedAt: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await delay(3_000);
      killedAt.push(performance.now());
      await cluster.killLeader();
      await moreAcknowledged(100);
      await cluster.startMissing();
    }
    await delay(3_000);
    await load.stop();

    const repeated = load.acknowledged.filter(({ tries }) => tries > 1);
    expect(repeated.length).toBeGreaterThan(0);
    for (const { key, path, body, id, events } of repeated.slice(0, 200)) {
      expect(await new Load([member.url!], organisation).sendAs(key, path, body)).toMatchObject({ id, events });
    }
    killedAt.forEach((at, kill) => process.stdout.write(`${gapBetween(at, killedAt[kill + 1] ?? Infinity)}\n`));
    process.stdout.write(`${load.acknowledged.length} commands acknowledged, ${repeated.length} of them repeated\n`);
  });

  it('are, once two are gone, a 503 in bounded time; what was sent is done once when they are back', async () => {
    await cluster.killLeader();
    await load.send('/persons', person('between'));
    await cluster.killLeader();
    const key = '7d5a4c0e-0c5b-4d8e-9c57-3a1f2b6c9d10';
    for (let time = 0; time < 3; time++) {
      const answer = await post('/persons', key);
      expect(answer).toMatchObject({ status: 503, type: expect.stringMatching(/problem\+json/) as unknown });
      expect(answer.body).toMatchObject({ status: 503, code: 'unavailable' });
      expect(answer.milliseconds).toBeLessThan(bounded);
      process.stdout.write(`without a quorum: 503 after ${answer.milliseconds.toFixed(0)} ms\n`);
    }
    const ready = await fetch(`${member.url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { eventLog: { engine: 'eventstoredb', leader: null } },
    ]);
    expect((await fetch(`${member.url}/health/live`)).status).toBe(200);
    await cluster.startMissing();
    await until(async () => (await fetch(`${member.url}/health/ready`)).ok);
    const { id } = await load.sendAs(key, '/persons', person('without'));
    expect((await post('/persons', key)).body).toMatchObject({ id });
  });

  it('are a log that has all of that once, and read models as a rebuild makes them', async () => {
    expect(await member.stop()).toBe(0);
    const server = await startTestServer({
      organisation,
      environment: eventStore,
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      // Leases of the server that was there have lapsed for it.
      now: new Date(Date.now() + 60_000).toISOString(),
    });
    try {
      // The nodes may elect once more while those that were started catch up.
      await until(() => server.settled().then(() => true, isAway));
      checkLog(load.acknowledged, await server.platform.store.readLog(organisation, 0n, 1_000_000));
      await checkReadModels(server);
    } finally {
      await server.close();
    }
  });

  async function moreAcknowledged(count: number): Promise<void> {
    const enough = load.acknowledged.length + count;
    while (load.acknowledged.length < enough) await delay(20);
  }

  /** The longest time without an acknowledgement after a kill and before the next. */
  function gapBetween(kill: number, nextKill: number): string {
    const within = load.acknowledged.map(({ answeredAt }) => answeredAt).filter((at) => at >= kill && at < nextKill);
    const times = [kill, ...within.sort((a, b) => a - b)];
    const gaps = times.slice(1).map((end, i) => ({ length: end - times[i]!, end: end - kill }));
    const { length, end } = gaps.reduce((a, b) => (a.length >= b.length ? a : b));
    return `leader killed: ${length.toFixed(0)} ms without an acknowledgement, which end ${end.toFixed(0)} ms after the kill`;
  }

  async function post(path: string, key: string) {
    const start = performance.now();
    const response = await fetch(`${member.url}/v1/organisations/${organisation}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(person('without')),
    });
    const body: unknown = await response.json();
    const type = response.headers.get('content-type');
    return { status: response.status, type, body, milliseconds: performance.now() - start };
  }
});

/** False, to be asked again, for a log without a leader. @throws what else it was */
function isAway(error: unknown): false {
  if (error instanceof EventStoreUnavailableError) return false;
  throw error;
}

function checkLog(acknowledged: readonly Acknowledged[], log: readonly StoredEvent[]): void {
  const headers = log.map(({ header }) => readHeader(header));
  const places = new Map(headers.map(({ id }, place) => [id, place]));
  expect(places.size).toBe(log.length);
  expect(acknowledged.flatMap(({ events }) => events.filter((id) => !places.has(id)))).toEqual([]);
  // Nothing was done twice under two names.
  for (const [path, type] of [
    [/^\/persons$/, 'person-registered'],
    [/\/time-records$/, 'time-recorded'],
  ] as const) {
    const commands = acknowledged.filter((one) => path.test(one.path)).length;
    expect([type, headers.filter((header) => header.type === type).length]).toEqual([type, commands]);
  }
  const versions = new Map<string, number>();
  for (const { stream, version } of log) {
    expect([stream, version]).toEqual([stream, versions.get(stream) ?? 0]);
    versions.set(stream, version + 1);
  }
  expect(outOfOrder(acknowledged, places)).toEqual([]);
}

/** Commands that stand before one that had been answered when they were sent. */
function outOfOrder(acknowledged: readonly Acknowledged[], places: ReadonlyMap<string, number>): string[] {
  const placeOf = ({ events }: Acknowledged): number => Math.min(...events.map((id) => places.get(id)!));
  const answered = [...acknowledged].sort((a, b) => a.answeredAt - b.answeredAt);
  const sent = [...acknowledged].sort((a, b) => a.sentAt - b.sentAt);
  let [next, furthest] = [0, -1];
  return sent.flatMap((one) => {
    for (; answered[next]!.answeredAt < one.sentAt; next++) furthest = Math.max(furthest, placeOf(answered[next]!));
    return placeOf(one) < furthest ? [one.key] : [];
  });
}

async function checkReadModels(server: TestServer): Promise<void> {
  const live = await server.platform.projections.digest(organisation);
  expect((await server.platform.projections.rebuild()).switched).toBe(true);
  expect(await server.platform.projections.digest(organisation)).toBe(live);
}
