import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { HandOvers } from '../../src/audit/handover/hand-over';
import { HandingIn } from '../../src/documents/spec-support/handing-in';
import { EndsSchedule } from '../../src/keys/ends/ends.schedule';
import { OrganisationEnding } from '../../src/keys/ends/organisation/organisation-ending';
import { isSignedBy } from '../../src/keys/ends/signed-receipt';
import { Reactions } from '../../src/platform/reactions';
import { erased } from '../support/erasing';
import { searchDatabase } from '../support/search';
import { startTestServer, until, type TestServer } from '../support/server';
import { createCourse, openSession, tellStory, type Story } from '../support/story';
import { wholeLog } from '../support/whole-log';

const marker = 'CANARY-CONTRACT';

interface OpenedLine {
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly sections: {
    readonly [role: string]: { state: string; fields?: object; endedBy?: string; kept?: object };
  };
}

const visitor = async (of: TestServer): Promise<string> =>
  (await of.post('/persons', { kinds: ['visitor'] }).expect(201)).body.id;

describe('the end of an organisation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-end-'));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: TestServer;
  let beside: TestServer;
  let story: Story;
  let digest: string;

  const open = (organisation: string): Promise<TestServer> =>
    startTestServer({ organisation, databaseUrl: database.url, keysFolder: join(folder, 'keys') });
  const ending = () => server.app.get(OrganisationEnding, { strict: false });
  const out = join(folder, 'handed-over');
  const file = join(out, 'log.ndjson');
  const handOver = () => server.app.get(HandOvers, { strict: false }).of('mira', out);
  const documents: { [which: string]: string } = {};
  const linesOf = <Line>(name: string): Line[] =>
    readFileSync(join(out, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const headers = async (organisation: string): Promise<string[]> =>
    (await server.platform.store.readLog(organisation, 0n, 10_000)).map(({ header }) => header.toString());

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await open('mira');
    // A receiver that is never there: what waits for it must not hold up the end.
    await server.post('/webhooks', { url: 'https://receiver.invalid/', types: ['*'] }).expect(201);
    beside = await open('moniravique');
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    const person = await visitor(beside);
    await beside.post(`/persons/${person}/logins`, { address: '192.0.2.1' });
    const handing = new HandingIn(server);
    documents.erased = await handing.recorded(story.person, 'of whom is erased');
    await erased(server, story.person);
    const other = await tellStory(server, 'Handed', { course, session });
    documents.open = await handing.recorded(other.person, 'a passport, in clear');
    documents.withdrawn = await handing.recorded(other.person, 'withdrawn');
    await server.post(`/documents/${documents.withdrawn}/withdrawal`, { reason: 'by mistake' }).expect(200);
    await server.settled();
    await beside.settled();
    digest = await server.platform.projections.digest('moniravique');
  });

  afterAll(async () => {
    await server.close();
    await beside.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is not begun in quarantine: closed, it could not be recovered any more', async () => {
    const nothing = { position: '0', digest: '', mark: '0' };
    const reasons = [{ code: 'log-older' as const, detail: 'for this test' }];
    const since = server.clock.now();
    server.platform.quarantines.begin({ organisation: 'mira', reasons, known: nothing, found: nothing, since });
    await expect(ending().begin('mira')).rejects.toMatchObject({ code: 'organisation-quarantined' });
    expect(await ending().find('mira')).toBeUndefined();
    server.platform.quarantines.end('mira');
    await server.settled();
  });

  it('refuses commands from its beginning, in every process, and waits for those that run', async () => {
    await ending().begin('mira');
    expect(await ending().advance('mira', handOver())).toMatchObject({ state: 'closed', export: null });
    const command = { kinds: ['visitor'] };
    const refused = await server.post('/persons', command);
    expect([refused.status, refused.body.code]).toEqual([410, 'organisation-ended']);
    const elsewhere = () => beside.http().post('/v1/organisations/mira/persons').send(command);
    await until(async () => (await elsewhere()).body.code === 'organisation-ended');
    expect((await elsewhere()).status).toBe(410);
  });

  it('exports the whole log before its keys go, then records, destroys and forgets', async () => {
    const whole = await wholeLog(server.platform.store);
    const before = await headers('mira');
    server.clock.advance(3_000);
    const row = await ending().advance('mira', handOver());
    expect(['destroyed', 'completed']).toContain(row?.state);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { header: string }).header)).toEqual(before);
    const head = await server.platform.store.head('mira');
    await server.platform.projections.waitFor('mira', head);
    await until(async () => {
      await server.app.get(EndsSchedule, { strict: false }).run();
      return (await ending().find('mira'))?.state === 'completed';
    });
    const receipt = (await ending().find('mira'))?.receipt;
    if (!receipt) throw new Error('there is no receipt');
    const named = (name: string) => ({
      file: name,
      bytes: readFileSync(join(out, name)).length,
      sha256: createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex'),
    });
    expect(receipt.export).toEqual({
      ...named('log.ndjson'),
      position: String(whole.at(-1)?.position),
      files: ['opened.ndjson', 'documents.ndjson', 'README.md'].map(named),
    });
    // The organisation's own group, and that of its one day of logins.
    expect(receipt.groups.map(({ day }) => day ?? 'own').sort()).toEqual(['2026-03-02', 'own']);
    expect(isSignedBy(receipt, server.platform.signing.publicKey)).toBe(true);
    const after = await headers('mira');
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).map((header) => (JSON.parse(header) as { type: string }).type)).toEqual([
      'groups-ended',
    ]);
  });

  it('hands over what can be read, in clear: erased parts as erased, kept ones with their ground, documents as files', async () => {
    const events = linesOf<OpenedLine>('opened.ndjson');
    const positions = (await wholeLog(server.platform.store)).map(({ position }) => String(position));
    expect(events.map(({ position }) => position)).toEqual(positions.slice(0, events.length));
    const sections = events.flatMap((one) => Object.values(one.sections));
    const billed = sections.filter((one) => JSON.stringify(one.fields ?? {}).includes(`${marker}-buyer`));
    expect(billed.map(({ state, kept }) => [state, kept])).toContainEqual([
      'open',
      { ground: expect.stringContaining('Code de commerce') as string, until: '2036-12-31T23:00:00.000Z' },
    ]);
    const gone = sections.filter(({ state }) => state === 'erased');
    expect(gone.length).toBeGreaterThan(8);
    const ids = new Set(events.filter(({ type }) => type === 'keys-fenced').map(({ id }) => id));
    expect(gone.filter(({ endedBy }) => !ids.has(endedBy ?? ''))).toEqual([]);
    expect(sections.filter(({ state }) => state === 'open').map(({ fields }) => JSON.stringify(fields))).toContainEqual(
      expect.stringContaining('"Handed"'),
    );
    const index = linesOf<{ document: string; state: string }>('documents.ndjson');
    const content = 'a passport, in clear';
    expect(index.find(({ document }) => document === documents.open)).toMatchObject({
      state: 'open',
      kind: 'identity-document',
      name: 'passeport.txt',
      mediaType: expect.stringContaining('text/plain') as string,
      file: `documents/${documents.open}`,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect(readFileSync(join(out, 'documents', documents.open as string), 'utf8')).toBe(content);
    expect(index.find(({ document }) => document === documents.erased)).toEqual({
      document: documents.erased,
      state: 'erased',
    });
    expect(index.find(({ document }) => document === documents.withdrawn)).toMatchObject({ state: 'withdrawn' });
    expect(readdirSync(join(out, 'documents'))).toEqual([documents.open]);
  });

  it('leaves nothing of it in any table but its log, its dead keys and its receipt', async () => {
    expect(await searchDatabase(database.url, marker)).toEqual([]);
    const { rows } = await server.platform.pools.read.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attname = 'organisation' AND c.relkind = 'r' AND n.nspname IN ('read', 'erasures', 'keys', 'reactions')`,
    );
    const left: string[] = [];
    for (const { name } of rows) {
      const found = await server.platform.pools.read.query(`SELECT FROM ${name} WHERE organisation = 'mira'`);
      if (found.rowCount) left.push(name);
    }
    expect(left.sort()).toEqual([
      'keys.organisation_ends',
      'reactions.checkpoints',
      'reactions.lanes',
      'read.checkpoints',
      'read.ended_organisations',
      'read.lanes',
    ]);
    const units = await server.platform.pools.vault.query(
      `SELECT FROM vault.units WHERE organisation = 'mira' AND num_nonnulls(wrapped, person, stream, category) > 0`,
    );
    const persons = await server.platform.pools.vault.query(
      `SELECT FROM vault.persons WHERE organisation = 'mira' AND num_nonnulls(stream, alias_of) > 0`,
    );
    expect([units.rowCount, persons.rowCount]).toEqual([0, 0]);
  });

  it('reads as destroyed by that event, and its read models stay empty when they are made anew', async () => {
    const stored = await server.platform.store.readLog('mira', 0n, 10_000);
    const opened = await server.platform.opener.open('mira', stored);
    expect(opened.every(({ sections }) => Object.keys(sections).length === 0)).toBe(true);
    await expect(server.platform.vault.naming('mira')).rejects.toMatchObject({ code: 'organisation-ended' });
    expect((await server.platform.projections.rebuild()).switched).toBe(true);
    const { rowCount } = await server.platform.pools.read.query(`SELECT FROM read.courses WHERE organisation = 'mira'`);
    expect(rowCount).toBe(0);
  });

  it('is signed to its last event, though nothing is recorded any more', async () => {
    const { sequencer, store, ledger } = server.platform;
    const head = await store.head('mira');
    expect(await sequencer.sequenced('mira', head)).toMatchObject({ position: head });
    expect(await ledger.check('mira')).toBeUndefined();
  });

  it('touches no other organisation', async () => {
    expect(await server.platform.projections.digest('moniravique')).toBe(digest);
    await visitor(beside);
    expect((await beside.get('/courses')).status).toBe(200);
  });

  it('stays ended for a server that starts with its profile, and that server is ready', async () => {
    const later = await open('mira');
    try {
      expect((await later.get('/courses')).body.code).toBe('organisation-ended');
      const ready = await later.http().get('/health/ready');
      expect([ready.status, ready.body.status]).toEqual([200, 'ok']);
      const { reactions } = await later.app.get(Reactions).running().status();
      expect(reactions.filter(({ organisation, stopped }) => organisation === 'mira' && stopped)).toEqual([]);
      await expect(later.platform.vault.admitOrganisation('mira')).rejects.toMatchObject({
        code: 'organisation-ended',
      });
    } finally {
      await later.close();
    }
  });

  it('does it once', async () => {
    const before = await ending().find('mira');
    await ending().begin('mira');
    expect(await ending().advance('mira', handOver())).toEqual(before);
  });
});
