import { createTestDatabase } from '@ardoise/testing';
import { readHeader } from '@ardoise/format';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EndsSchedule } from '../../src/keys/ends/ends.schedule';
import { KeptEnding, keptEndSteps } from '../../src/keys/ends/kept/kept-ending';
import { placesOf } from '../support/engine';
import { erased } from '../support/erasing';
import { startTestServer, type TestServer } from '../support/server';
import type { Sweep } from './ending.process';

const root = join(__dirname, '../..');
jest.setTimeout(600_000);

/** One organisation for each step after which a process is killed, one that nobody disturbs, one for a race. */
describe('what is kept until a date, when it comes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-kept-'));
  const policies = mkdtempSync(join(tmpdir(), 'ardoise-kept-policies-'));
  const swept = [undefined, ...keptEndSteps].map((step, i) => ({ step, organisation: `keeping${i}` }));
  const [racing, failing] = ['racing', 'failing'];
  const organisations = [...swept.map(({ organisation }) => organisation), racing, failing];
  const due = '2036-12-31T23:00:00.000Z';
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let now = Date.parse(due);

  const environment = () => ({ ARDOISE_POLICIES: policies, ARDOISE_DATA: join(folder, 'data') });
  const open = (organisation: string, at: string, work = 'on'): Promise<TestServer> =>
    startTestServer({
      organisation,
      now: at,
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      environment: { ...environment(), ARDOISE_WORK: work },
    });

  async function keepSomething(organisation: string): Promise<void> {
    const server = await open(organisation, '2026-03-02T09:00:00.000Z');
    const { body: person } = await server.post('/persons', { kinds: ['visitor'] }).expect(201);
    const line = { label: 'Formation', courseTitle: 'Secours', from: '2026-03-09', to: '2026-06-30' };
    await server
      .post('/invoices', {
        person: person.id,
        number: 'F-1',
        issuedOn: '2026-03-02',
        buyer: { name: 'Buyer', address: 'Street 1' },
        lines: [{ ...line, quantity: 1, unitAmount: 120, amount: 120 }],
        currency: 'EUR',
        total: 120,
      })
      .expect(201);
    await erased(server, person.id);
    await server.close();
  }

  beforeAll(async () => {
    const profile = readFileSync(join(root, 'policies', 'mira.yaml'), 'utf8');
    for (const organisation of organisations) {
      const own = profile.replace(/^organisation: mira$/m, `organisation: ${organisation}`);
      writeFileSync(join(policies, `${organisation}.yaml`), own);
    }
    database = await createTestDatabase();
    for (const organisation of organisations) await keepSomething(organisation);
  });

  afterAll(async () => {
    await database.drop();
    for (const one of [folder, policies]) rmSync(one, { recursive: true, force: true });
  });

  const endsIn = async ({ platform }: TestServer, organisation: string): Promise<string[][]> =>
    (await platform.store.readLog(organisation, 0n, 1_000))
      .map(({ header }) => readHeader(header))
      .filter(({ type, facts }) => type === 'keys-fenced' && facts.cause === 'retention')
      .map(({ facts }) => (facts.units as [string, string][]).map(([unit]) => unit));

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

  it('is named once by two processes of which one has looked before the other was done', async () => {
    const [slow, quick] = [await open(racing, due, 'off'), await open(racing, due, 'off')];
    try {
      const look = slow.platform.vault.keptUntilBefore.bind(slow.platform.vault);
      let looks = 0;
      jest.spyOn(slow.platform.vault, 'keptUntilBefore').mockImplementation(async (organisation, instant, limit) => {
        const found = await look(organisation, instant, limit);
        looks += 1;
        // What it found is all old by the time that it goes on with it.
        if (found.length > 0) await quick.app.get(KeptEnding, { strict: false }).endDue(organisation);
        return found;
      });
      await slow.app.get(KeptEnding, { strict: false }).endDue(racing);
      expect(looks).toBeGreaterThan(0);
      const named = (await endsIn(quick, racing)).flat();
      expect(named.length).toBeGreaterThan(0);
      expect(new Set(named).size).toBe(named.length);
    } finally {
      await slow.close();
      await quick.close();
    }
  });

  it('ends to the same end after a kill at any step, in one event', async () => {
    for (const { step, organisation } of swept) {
      const killed = await run({ kept: [organisation], ...(step === undefined ? {} : { killAfter: step }) });
      expect([step, killed]).toEqual([step, step === undefined ? '0' : 'SIGKILL']);
    }
    expect(await run({ kept: swept.map(({ organisation }) => organisation) })).toBe('0');
    const server = await open(racing, new Date(now + 600_000).toISOString(), 'off');
    try {
      const [undisturbed] = await endsIn(server, 'keeping0');
      for (const { organisation } of swept) {
        const ends = await endsIn(server, organisation);
        expect([organisation, ends.map((units) => units.length)]).toEqual([organisation, [undisturbed?.length]]);
        const rows = await server.platform.pools.vault.query(
          `SELECT FROM vault.units WHERE organisation = $1 AND state = 'held' AND kept_until <= $2`,
          [organisation, new Date(now)],
        );
        expect([organisation, rows.rowCount]).toEqual([organisation, 0]);
      }
      const { rows } = await server.platform.pools.read.query('SELECT organisation FROM keys.kept_ends');
      expect(rows.filter(({ organisation }) => (organisation as string).startsWith('keeping'))).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('shows that it fails, and that it does no more', async () => {
    const server = await open(failing, due, 'off');
    try {
      const schedule = server.app.get(EndsSchedule, { strict: false });
      const broken = jest.spyOn(server.platform.vault, 'destroy').mockRejectedValue(new Error('no'));
      await schedule.run();
      const shown = async () => (await server.http().get('/health/ready')).body.checks.processes as string;
      expect(await shown()).toBe('failing');
      const { text } = await server.http().get('/metrics');
      expect(text).toMatch(/ardoise_process_failing\{organisation="failing",process="kept-ends",state="\w+"\} 1/);
      broken.mockRestore();
      server.clock.advance(1_000);
      await schedule.run();
      expect(await shown()).toBe('up');
      expect((await endsIn(server, failing)).length).toBe(1);
    } finally {
      await server.close();
    }
  });
});
