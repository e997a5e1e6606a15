import { createTestDatabase } from '@ardoise/testing';
import { readHeader } from '@ardoise/format';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dayEndSteps } from '../../src/keys/ends/days/day-ending';
import { organisationEndSteps } from '../../src/keys/ends/organisation/organisation-ending';
import { isSignedBy, type DayReceipt, type OrganisationReceipt, type Signed } from '../../src/keys/ends/signed-receipt';
import { placesOf } from '../support/engine';
import { startTestServer, type TestServer } from '../support/server';
import type { Sweep } from './ending.process';

const root = join(__dirname, '../..');
jest.setTimeout(600_000);

/**
 * Each process is killed after one of the named steps; another goes on. One day, or organisation, for each step, and one
 * more that nobody disturbs: all come to the same.
 */
describe('killed after any step', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-ends-'));
  const policies = mkdtempSync(join(tmpdir(), 'ardoise-policies-'));
  const days = [undefined, ...dayEndSteps].map((step, i) => ({
    step,
    organisation: 'keeper',
    day: `2026-02-0${i + 1}`,
  }));
  const organisations = [undefined, ...organisationEndSteps].map((step, i) => ({ step, organisation: `ending${i}` }));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: TestServer;
  let before: Map<string, string[]>;
  let now = Date.parse('2027-06-01T00:00:00Z');

  const environment = () => ({ ARDOISE_POLICIES: policies, ARDOISE_DATA: join(folder, 'data') });
  const open = (at: string): Promise<TestServer> =>
    startTestServer({
      organisation: 'keeper',
      now: at,
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      environment: { ...environment(), ARDOISE_WORK: 'on' },
    });

  beforeAll(async () => {
    const profile = readFileSync(join(root, 'policies', 'mira.yaml'), 'utf8');
    for (const { organisation } of [...days.slice(0, 1), ...organisations]) {
      writeFileSync(
        join(policies, `${organisation}.yaml`),
        profile.replace(/^organisation: mira$/m, `organisation: ${organisation}`),
      );
    }
    database = await createTestDatabase();
    server = await open('2026-03-02T09:00:00.000Z');
    const login = async (organisation: string, day: string): Promise<void> => {
      const of = `/v1/organisations/${organisation}/persons`;
      const { body } = await server
        .http()
        .post(of)
        .send({ kinds: ['visitor'] })
        .expect(201);
      const fact = { address: '192.0.2.1', occurredAt: `${day}T09:00:00Z` };
      await server.http().post(`${of}/${body.id}/logins`).send(fact).expect(201);
    };
    for (const { organisation, day } of days) await login(organisation, day);
    for (const { organisation } of organisations) await login(organisation, '2026-02-01');
    for (const { organisation } of organisations) await server.settled(organisation);
    await server.settled();
    before = new Map();
    for (const { organisation } of organisations) before.set(organisation, await headers(organisation));
    await server.close();
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    for (const one of [folder, policies]) rmSync(one, { recursive: true, force: true });
  });

  const headers = async (organisation: string): Promise<string[]> =>
    (await server.platform.store.readLog(organisation, 0n, 1_000)).map(({ header }) => header.toString());
  const endsOf = async (organisation: string) =>
    (await headers(organisation))
      .map((one) => readHeader(Buffer.from(one)))
      .filter(({ type }) => type === 'groups-ended');

  /** Runs a process to its end; a minute lies between two, so that the lanes of a killed one have lapsed. */
  async function run(sweep: Omit<Sweep, 'now' | 'folder'>): Promise<string> {
    now += 60_000;
    const told: Sweep = { ...sweep, now: new Date(now).toISOString(), folder };
    const env = {
      ...process.env,
      ...environment(),
      ...(await placesOf(database.url)),
      ARDOISE_KEYS: join(folder, 'keys'),
      ARDOISE_KEY_LEASE_MS: '0',
      ARDOISE_SWEEP: JSON.stringify(told),
    };
    const execArgv = ['-r', join(root, 'tools/typescript-hook.cjs')];
    const child = fork(join(__dirname, 'ending.process.ts'), { cwd: root, execArgv, env, stdio: 'inherit' });
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code))));
  }

  it("a day's end goes on, to the same end and one receipt", async () => {
    for (const { step, organisation, day } of days) {
      const killed = await run({ days: [{ organisation, day }], ...(step === undefined ? {} : { killAfter: step }) });
      expect([step, killed]).toEqual([step, step === undefined ? '0' : 'SIGKILL']);
    }
    expect(await run({ days: days.map(({ organisation, day }) => ({ organisation, day })) })).toBe('0');
  });

  it("an organisation's end goes on, to the same end and one receipt", async () => {
    for (const { step, organisation } of organisations) {
      const killed = await run({ organisations: [organisation], ...(step === undefined ? {} : { killAfter: step }) });
      expect([step, killed]).toEqual([step, step === undefined ? '0' : 'SIGKILL']);
    }
    expect(await run({ organisations: organisations.map(({ organisation }) => organisation) })).toBe('0');
  });

  it('leaves of every day what is left of the one that nobody disturbed', async () => {
    server = await open(new Date(now + 600_000).toISOString());
    const { rows } = await server.platform.pools.read.query<{
      day: string;
      state: string;
      receipt: Signed<DayReceipt>;
    }>('SELECT day::text AS day, state, receipt FROM keys.day_ends ORDER BY day');
    expect(rows.map(({ day, state }) => [day, state])).toEqual(days.map(({ day }) => [day, 'completed']));
    const ends = await endsOf('keeper');
    for (const { receipt } of rows) {
      expect(receipt).toMatchObject({ units: 1, groups: [{ category: 'technical', day: receipt.day }] });
      expect(isSignedBy(receipt, server.platform.signing.publicKey)).toBe(true);
      const naming = ends.filter(({ facts }) => (facts.groups as { day: string }[])[0]?.day === receipt.day);
      expect(naming.map(({ id }) => id)).toEqual(receipt.groups.map(({ event }) => event));
    }
    expect((await server.platform.pools.read.query('SELECT FROM read.logins')).rowCount).toBe(0);
    const alive = (await server.platform.vault.groups('keeper')).filter(
      ({ day, state }) => day && state !== 'destroyed',
    );
    expect(alive).toEqual([]);
  });

  it('leaves of every organisation what is left of the one that nobody disturbed', async () => {
    const { rows } = await server.platform.pools.read.query<{
      organisation: string;
      state: string;
      receipt: Signed<OrganisationReceipt>;
    }>('SELECT organisation, state, receipt FROM keys.organisation_ends ORDER BY organisation');
    expect(rows.map(({ organisation, state }) => [organisation, state])).toEqual(
      organisations.map(({ organisation }) => [organisation, 'completed']),
    );
    for (const { organisation, receipt } of rows) {
      expect(isSignedBy(receipt, server.platform.signing.publicKey)).toBe(true);
      const file = readFileSync(join(folder, organisation, receipt.export.file));
      expect(receipt.export.sha256).toBe(createHash('sha256').update(file).digest('hex'));
      const exported = file.toString().trim().split('\n');
      expect(exported.map((line) => (JSON.parse(line) as { header: string }).header)).toEqual(before.get(organisation));
      expect((await endsOf(organisation)).map(({ id }) => id)).toEqual([receipt.groups[0]?.event]);
      expect(receipt.groups).toHaveLength(2);
      expect(await headers(organisation)).toHaveLength((before.get(organisation)?.length ?? 0) + 1);
      const shown = await server.http().get(`/v1/organisations/${organisation}/persons/${'0'.repeat(32)}`);
      expect([shown.status, shown.body.code]).toEqual([410, 'organisation-ended']);
    }
    const tables = ['read.logins', 'read.day_units', 'read.organisations'];
    for (const table of tables) {
      const { rows: left } = await server.platform.pools.read.query(
        `SELECT DISTINCT organisation FROM ${table} WHERE organisation LIKE 'ending%'`,
      );
      expect([table, left]).toEqual([table, []]);
    }
  });
});
