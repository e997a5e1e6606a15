import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { Recorder, type Decider } from '@ardoise/decider';
import { readHeader, randomId } from '@ardoise/format';
import {
  defineEvent,
  EventRegistry,
  Opener,
  Sealer,
  text,
  upcast,
  type AnyEvent,
  type AnyOpened,
  type Upcaster,
} from '@ardoise/sealing';
import { createClient } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capabilities } from '../src/capabilities';
import type { Capability } from '../src/platform/capability';
import { Reactions } from '../src/platform/reactions';
import { startTestServer, until, type TestServer } from './support/server';

const slateWritten1 = defineEvent({
  type: 'slate-written',
  schema: 1,
  stream: 'slate',
  facts: { words: text() },
  sections: {},
});
const slateWritten2 = defineEvent({
  type: 'slate-written',
  schema: 2,
  stream: 'slate',
  facts: { words: text(), colour: text(20) },
  sections: {},
});
const toColours = upcast(slateWritten1, {
  to: slateWritten2,
  facts: ({ words }) => ({ words, colour: 'white' }),
  sayEarlier: ({ facts: { words }, ...event }) => ({ ...event, facts: { words } }),
});

@Module({})
class SlatesModule {}

type Slate = readonly AnyOpened['facts'][];

/** A capability as one version of the program has it. */
function slates(event: typeof slateWritten1 | typeof slateWritten2, upcasters: readonly Upcaster[]) {
  const slate: Decider<Slate, AnyEvent['facts'], AnyEvent, AnyOpened> = {
    kind: 'slate',
    events: [event],
    initialState: () => [],
    evolve: (state, { facts }) => [...state, facts],
    decide: (facts) => [{ type: 'slate-written', facts, sections: {} }],
  };
  const none = { projections: [], reactions: [], deciders: [slate], module: SlatesModule };
  const capability: Capability = { name: 'slates', events: [event], upcasters, ...none };
  return { slate, capability };
}

const older = slates(slateWritten1, []);
const newer = slates(slateWritten2, [toColours]);

/** Records in the present version of a program, whoever lives. */
function unheeding({ platform }: TestServer, { capability: { events, upcasters } }: typeof older): Recorder {
  const { store, vault, clock } = platform;
  const registry = new EventRegistry(events, [], upcasters);
  const [sealer, opener] = [new Sealer(registry, vault), new Opener(registry, vault)];
  return new Recorder({ store, vault, sealer, opener, clock, policyOf: () => 1 });
}

/** Two servers of one database are upgraded one by one, while both take commands; each test goes on from the one before. */
describe('a rolling upgrade', () => {
  let database: TestDatabase;
  let folder: string;
  let first: TestServer;
  let second: TestServer;
  const stream = `slate-${randomId()}`;

  const start = (of: typeof older) =>
    startTestServer({
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      capabilities: [...capabilities, of.capability],
    });
  const write = (
    server: { platform: Pick<TestServer['platform'], 'recorder'> },
    of: typeof older,
    facts: AnyEvent['facts'],
  ) =>
    server.platform.recorder.execute(of.slate, stream, facts, {
      organisation: 'mira',
      commandId: randomUUID(),
      source: 'staff',
    });
  const stored = async () =>
    (await first.platform.store.readStream('mira', stream)).map(({ header }) => readHeader(header).schema);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-rolling-'));
    database = await createTestDatabase();
    first = await start(older);
    second = await start(older);
  });
  afterAll(async () => {
    await first.close();
    await second.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('begins with what all write', async () => {
    await write(first, older, { words: 'a' });
    expect((await write(second, older, { words: 'b' })).state).toHaveLength(2);
  });

  it('writes as before while one server is not upgraded, and both read what either wrote', async () => {
    await second.close();
    second = await start(newer);
    expect(await second.platform.versions.standing()).toMatchObject({
      waiting: ['slate-written/2'],
      waitsFor: [{ name: 'test', announced: true }],
    });
    const ready = await second.http().get('/health/ready').expect(200);
    expect(ready.body).toMatchObject({
      checks: { versions: 'upgrading' },
      upgrade: { waiting: ['slate-written/2'], waitsFor: [{ name: 'test', announced: true }] },
    });
    const metrics = await second.http().get('/metrics').expect(200);
    expect(metrics.text).toMatch(/^ardoise_versions_waiting 1$/m);
    expect(metrics.text).toMatch(/^ardoise_versions_waits_for 1$/m);
    const { state } = await write(second, newer, { words: 'c', colour: 'white' });
    expect(state.map(({ words, colour }) => [words, colour])).toEqual([
      ['a', 'white'],
      ['b', 'white'],
      ['c', 'white'],
    ]);
    expect((await write(first, older, { words: 'd' })).state).toHaveLength(4);
    expect(await stored()).toEqual([1, 1, 1, 1]);
  });

  it('refuses for now what only the new version can say, and records nothing of it', async () => {
    const red = write(second, newer, { words: 'e', colour: 'red' });
    await expect(red).rejects.toMatchObject({ code: 'upgrade-under-way', type: 'slate-written', schema: 2 });
    expect(await stored()).toHaveLength(4);
  });

  it('is complete when the last old server has ended: the new version is written, and the old read', async () => {
    await first.close();
    first = await start(newer);
    await until(async () => {
      await second.platform.versions.look();
      return second.platform.versions.mayBeWritten(slateWritten2);
    });
    expect((await second.platform.versions.standing()).waiting).toEqual([]);
    const { state } = await write(second, newer, { words: 'e', colour: 'red' });
    expect(state.map(({ colour }) => colour)).toEqual(['white', 'white', 'white', 'white', 'red']);
    expect(await stored()).toEqual([1, 1, 1, 1, 2]);
    await second.settled();
    expect((await second.platform.projections.status()).projections.filter(({ stopped }) => stopped)).toEqual([]);
  });

  it('that an older program learns of from the log stops it there, by name, until it is upgraded', async () => {
    await first.close();
    await second.close();
    // As with a log from elsewhere: what stands in it was never announced here.
    const client = createClient(database.url, { applicationName: 'spec' });
    await client.connect();
    await client.query("DELETE FROM versions.in_use WHERE version = 'slate-written/2'");
    await client.end();
    const unknown = { code: 'event-type-unknown', type: 'slate-written', schema: 2 };

    first = await start(older);
    await write({ platform: { recorder: unheeding(first, newer) } }, newer, { words: 'f', colour: 'red' });
    const statusOf = async () => (await first.platform.projections.status()).projections;
    const ofMira = async () => (await statusOf()).filter(({ organisation }) => organisation === 'mira');
    await until(async () => (await ofMira()).every(({ stopped }) => stopped));
    for (const { stopped } of await ofMira()) expect(stopped).toMatchObject(unknown);
    const reactions = async () => (await first.app.get(Reactions).running().status()).reactions;
    await until(async () =>
      (await reactions()).filter(({ organisation }) => organisation === 'mira').every(({ stopped }) => stopped),
    );
    for (const { organisation, stopped } of await reactions())
      if (organisation === 'mira') expect(stopped).toMatchObject(unknown);
    expect((await first.http().get('/health/ready').expect(200)).body).toMatchObject({
      checks: { projections: 'stopped', reactions: 'stopped' },
      unknownEvents: ['slate-written/2'],
    });
    await expect(write(first, older, { words: 'g' })).rejects.toMatchObject(unknown);
    const shown = await first.get(`/streams/${stream}/replay`);
    expect([shown.status, shown.body.code]).toEqual([503, 'event-type-unknown']);
    expect(shown.body.detail).toContain('slate-written');

    // The older one lives on, and leaves its lanes to the one that can go on with them.
    second = await start(newer);
    await until(async () => (await ofMira()).every(({ stopped }) => !stopped));
    await until(async () =>
      (await reactions()).filter(({ organisation }) => organisation === 'mira').every(({ stopped }) => !stopped),
    );
    expect((await first.http().get('/health/ready').expect(200)).body.unknownEvents).toEqual([]);
    await first.close();
    first = await start(newer);
    await first.settled();
    expect((await write(first, newer, { words: 'g', colour: 'red' })).state).toHaveLength(7);
    const { body } = await first.get(`/streams/${stream}/replay`).expect(200);
    expect(body.events.map(({ schema, stored: as }: { schema: number; stored?: object }) => [schema, as])).toEqual([
      ...Array.from({ length: 4 }, () => [2, { type: 'slate-written', schema: 1 }]),
      ...Array.from({ length: 3 }, () => [2, undefined]),
    ]);
    expect(body.streams[0].state).toHaveLength(7);
  });

  it('cannot be gone back on: an old server does not start, and says which versions it lacks', async () => {
    await expect(start(older)).rejects.toMatchObject({ code: 'program-too-old', versions: ['slate-written/2'] });
    expect((await second.platform.versions.standing()).waitsFor).toEqual([]);
  });
});
