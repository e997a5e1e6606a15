import { openBundle } from '@ardoise/bundle';
import { leafHash } from '@ardoise/format';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verify, type Verification } from '../apps/auditor/verification/verification';
import { leavesIn, filesOf, makeBundle } from './support/bundles';
import { erased } from './support/erasing';
import { putFirstVersion, seenThen } from './support/first-version';
import { onPostgres } from './support/engine';
import { startTestServer, type TestServer } from './support/server';

/** Everything below happens to one database, in this order: what each step leaves, the next one finds. */
onPostgres('a database that the first version made', () => {
  let database: TestDatabase;
  let server: TestServer;
  let folder: string;
  let headers: Buffer[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-first-'));
    database = await createTestDatabase();
    await putFirstVersion(database.url, join(folder, 'keys'));
    server = await startTestServer({
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      now: '2026-03-05T09:00:00.000Z',
    });
    headers = await storedHeaders();
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const storedHeaders = async (): Promise<Buffer[]> =>
    (
      await server.platform.pools.log.query<{ header: Buffer }>(
        "SELECT header FROM log.events WHERE organisation = 'mira' ORDER BY position",
      )
    ).rows.map(({ header }) => header);

  const audited = async (name: string): Promise<Verification> => {
    await makeBundle(server, join(folder, name));
    const files = await openBundle(join(folder, name));
    return verify(files).finally(() => files.close());
  };

  it('opens: nobody is in quarantine, nothing is stopped, and everything is shown as it was', async () => {
    await server.settled();
    expect(server.platform.quarantines.list()).toEqual([]);
    expect((await server.http().get('/health/ready').expect(200)).body.checks).toMatchObject({
      projections: 'up',
      reactions: 'up',
      organisations: 'up',
    });
    expect(headers.length).toBeGreaterThanOrEqual(Number(seenThen.head));
    for (const [path, then] of Object.entries(seenThen.seen)) {
      const { body } = await server.get(path).expect(200);
      expect({ path, body }).toMatchObject({ path, body: then });
    }
  });

  it('knows whom that version erased', async () => {
    const { gone } = seenThen;
    for (const path of [`/persons/${gone.person}`, `/enrolments/${gone.enrolment}`]) await server.get(path).expect(410);
    const { body } = await server.get(`/persons/${gone.person}/replay`).expect(200);
    expect(body.person).toBe('erased');
    expect(JSON.stringify(body)).not.toContain('Hedy');
  });

  it('has read models that a rebuild makes again from its events', async () => {
    const { projections } = server.platform;
    // What shows more than it did then waits for that; the others already are what the events make of them.
    const outdated = (await projections.status()).projections.filter(({ state }) => state !== 'running');
    expect(outdated.every(({ state }) => state === 'outdated')).toBe(true);
    const names = [...new Set(outdated.map(({ projection }) => projection))];
    expect(names).toContain('fenced-units');
    expect(await projections.rebuild({ projections: names })).toMatchObject({ switched: true, stopped: [] });
    const before = await projections.digest('mira');
    expect(await projections.rebuild({ batchSize: 7 })).toMatchObject({ switched: true, stopped: [] });
    expect(await projections.digest('mira')).toBe(before);
    expect((await projections.status()).projections.every(({ state }) => state === 'running')).toBe(true);
  });

  it('is recorded in as any other', async () => {
    const { stays } = seenThen;
    const value = { name: 'phone', value: '+33612345679' };
    await server.post(`/persons/${stays.person}/profile-values`, value).expect(200);
    await server.post(`/enrolments/${stays.enrolment}/module-starts`, { module: 'm2' }).expect(200);
    const { body } = await server.get(`/persons/${stays.person}`).expect(200);
    expect(JSON.stringify(body)).toContain(value.value);
  });

  it('is sequenced from its first event, and an auditor finds nothing wrong', async () => {
    const { checks } = await audited('before.tar');
    expect(checks.flatMap(({ wrong }) => wrong ?? [])).toEqual([]);
    const leaves = leavesIn(await filesOf(join(folder, 'before.tar')));
    const stored = Buffer.concat(headers.map((header) => leafHash(header)));
    expect(leaves.subarray(0, stored.length).equals(stored)).toBe(true);
  });

  it('erases a person whom that version recorded, and is verified afterwards with the same leaves', async () => {
    const { goes, stays } = seenThen;
    const erasure = await erased(server, goes.person);
    await server.get(`/persons/${goes.person}`).expect(410);
    const { body } = await server.get(`/persons/${goes.person}/replay`).expect(200);
    expect(JSON.stringify(body)).not.toContain('Grace');
    expect((await server.get(`/erasures/${erasure}/receipt`).expect(200)).body.units.length).toBeGreaterThan(8);
    await server.get(`/persons/${stays.person}`).expect(200);

    const { checks } = await audited('after.tar');
    expect(checks.flatMap(({ wrong }) => wrong ?? [])).toEqual([]);
    expect(checks.find(({ check }) => check === 'units')?.counts['ended units']).toBeGreaterThan(0);
    expect((await storedHeaders()).slice(0, headers.length)).toEqual(headers);
  });
});
