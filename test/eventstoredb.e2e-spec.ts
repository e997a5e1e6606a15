import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import { leafHash } from '@ardoise/format';
import { CompactRange } from '@ardoise/ledger';
import { erased } from './support/erasing';
import { nodeOf, onEventStoreDB, onPostgres } from './support/engine';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, tellStory, type Story } from './support/story';
import { wholeLog } from './support/whole-log';

const marker = 'CANARY-E5DB';
const nowhere = { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false' };

onEventStoreDB('the whole server with its log on EventStoreDB', () => {
  let server: TestServer;
  let url: string;
  let story: Story;
  let other: Story;

  beforeAll(async () => {
    server = await startTestServer();
    url = (await nodeOf(server.platform.server.url))?.url ?? '';
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    other = await tellStory(server, 'Bystander', { course, session });
  });
  afterAll(() => server.close());

  it('records, shows and replays a learner with every kind of record', async () => {
    const { body } = await server.get(`/persons/${story.person}`).expect(200);
    expect(JSON.stringify(body)).toContain(marker);
    await server.get(`/persons/${story.person}/replay`).expect(200);
    const { rows } = await server.platform.pools.log.query('SELECT FROM log.events');
    expect(rows).toHaveLength(0);
  });

  it('erases a person, who is in no byte of any header or section, and leaves everybody else as they were', async () => {
    const seen = async () => (await server.get(`/persons/${other.person}/learning-record`).expect(200)).body as object;
    const before = await seen();
    await erased(server, story.person);
    await server.get(`/persons/${story.person}`).expect(410);
    expect(await seen()).toEqual(before);
    for (const { header, sections } of await wholeLog(server.platform.store)) {
      expect(Buffer.concat([header, sections]).includes(marker)).toBe(false);
    }
  });

  it('signs the root of the leaves as they are read from the log', async () => {
    const log = await wholeLog(server.platform.store);
    const last = log.at(-1)!;
    const { sequencer, ledger } = server.platform;
    const entry = await sequencer.sequenced('mira', last.position);
    const range = new CompactRange();
    for (const { header } of log.slice(0, entry.size)) range.append(leafHash(header));
    expect(entry.root).toEqual(range.root());
    const tree = await ledger.tree('mira');
    expect(await ledger.indexOf('mira', log[3]!.position)).toMatchObject({ index: 3 });
    expect(await ledger.entries(tree!, 0, 5)).toEqual(log.slice(0, 5).map(({ header }) => header));
  });

  it('says which node is the leader, and that it is ready', async () => {
    const { text } = await server.http().get('/metrics').expect(200);
    expect(text).toMatch(/ardoise_event_store_leader\{node="[^"]+:\d+"\} 1/);
    expect(text).toMatch(/ardoise_event_store_reconnects_total \d+/);
    const { body } = await server.http().get('/health/ready').expect(200);
    const leader: unknown = expect.stringMatching(/^[^/@]+:\d+$/);
    const lag: unknown = expect.any(Number);
    expect(body).toMatchObject({
      eventLog: { engine: 'eventstoredb', unit: 'half-bytes', leader, reconnects: 0, lag },
    });
  });

  it('takes entries of organisations that are hidden for tampering, and not for none', async () => {
    const stream = 'ardoise-organisations';
    const client = EventStoreDBClient.connectionString(url);
    const organisations = async (): Promise<string[]> => {
      const store = new EventStoreDBEventStore({ connectionString: url });
      return store.organisations().finally(() => store.close());
    };
    const all = await organisations();
    try {
      for (const settings of [{ maxCount: 1 }, { truncateBefore: 1_000 }]) {
        await client.setStreamMetadata(stream, settings);
        await expect(organisations()).rejects.toMatchObject({ code: 'log-tampered' });
      }
    } finally {
      await client.setStreamMetadata(stream, {});
    }
    expect(await organisations()).toEqual(all);
    await client.dispose();
  });
});

onPostgres('an EventStoreDB that cannot be used', () => {
  it('is said at the start', async () => {
    await expect(startTestServer({ environment: nowhere })).rejects.toMatchObject({ code: 'event-store-unavailable' });
  });

  it('is not begun beside a log in PostgreSQL', async () => {
    const server = await startTestServer();
    try {
      await createCourse(server);
      const databaseUrl = server.platform.server.url;
      await expect(startTestServer({ databaseUrl, environment: nowhere })).rejects.toThrow(
        /records of this installation are on PostgreSQL/,
      );
    } finally {
      await server.close();
    }
  });
});
