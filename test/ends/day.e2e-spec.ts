import { readHeader } from '@ardoise/format';
import { createClient, migrate } from '@ardoise/postgres';
import { DayEnding } from '../../src/keys/ends/days/day-ending';
import { DayEnds } from '../../src/keys/ends/days/day-ends';
import { endOfDay } from '../../src/keys/ends/days/days-over';
import { EndsSchedule } from '../../src/keys/ends/ends.schedule';
import { isSignedBy } from '../../src/keys/ends/signed-receipt';
import { loginMigrations } from '../../src/logins/migrations';
import { searchDatabase } from '../support/search';
import { startTestServer, until, type TestServer } from '../support/server';

const marker = '203.0.113.77';
const day = '2026-03-02';

describe.each(['mira', 'moniravique'])('technical logs of %s', (organisation) => {
  let server: TestServer;
  let persons: string[];
  const end = (): Date => {
    const policy = server.platform.policies.get(organisation);
    if (!policy) throw new Error('no such policy');
    return endOfDay(policy, 'technical', day);
  };
  const run = async (): Promise<void> => {
    const schedule = server.app.get(EndsSchedule, { strict: false });
    await schedule.run();
    await server.settled();
    await schedule.run();
  };
  const logins = async (person: string): Promise<{ address: string }[]> =>
    (await server.get(`/persons/${person}/logins`).expect(200)).body.items;
  const headers = async (): Promise<string[]> =>
    (await server.platform.store.readLog(organisation, 0n, 1_000)).map(({ header }) => header.toString());
  const named = { organisation, category: 'technical', day };
  const found = () => server.app.get(DayEnds, { strict: false }).find(named);

  beforeAll(async () => {
    server = await startTestServer({ organisation });
    persons = [];
    for (let i = 0; i < 3; i++) {
      const { body } = await server.post('/persons', { kinds: ['visitor'] }).expect(201);
      persons.push(body.id);
      await server.post(`/persons/${body.id}/logins`, { address: marker }).expect(201);
      await server
        .post(`/persons/${body.id}/logins`, { address: '192.0.2.9', occurredAt: '2026-03-01T09:00:00Z' })
        .expect(201);
    }
    server.clock.set(new Date('2026-03-03T09:00:00Z'));
    for (const person of persons) await server.post(`/persons/${person}/logins`, { address: '192.0.2.1' }).expect(201);
  });

  afterAll(() => server.close());

  it('end not a millisecond before their period is over', async () => {
    server.clock.set(new Date(end().getTime() - 1));
    await run();
    expect((await logins(persons[0] as string)).map(({ address }) => address)).toEqual(['192.0.2.1', marker]);
    expect(await found()).toBeUndefined();
    expect(() => server.app.get(DayEnding, { strict: false }).check(named)).toThrow(/is kept until/);
  });

  it('MIRA-17 MON-18 end by the day, not by the account: unreadable, shown nowhere, the log as it was, a receipt signed', async () => {
    const before = await headers();
    // As a database of an earlier version has it: rows whose units are listed nowhere until it is brought up.
    const client = createClient(server.platform.server.url, { applicationName: 'spec' });
    await client.connect();
    await client.query('DELETE FROM read.day_units');
    await client.query(`DELETE FROM public.ardoise_migrations WHERE id = 'logins-001-day-units'`);
    await client.end();
    await migrate(server.platform.server.url, loginMigrations);

    server.clock.set(end());
    await run();
    for (const person of persons) {
      expect((await logins(person)).map(({ address }) => address)).toEqual(['192.0.2.1']);
      const { body } = await server.get(`/persons/${person}/replay`).expect(200);
      expect(JSON.stringify(body)).not.toContain(marker);
    }
    expect(await searchDatabase(server.platform.server.url, marker)).toEqual([]);
    const after = await headers();
    expect(after.slice(0, before.length)).toEqual(before);
    const ended = after.map((header) => readHeader(Buffer.from(header))).filter(({ type }) => type === 'groups-ended');
    expect(ended.map(({ facts }) => facts.cause)).toEqual(['day', 'day']);

    const receipt = (await found())?.receipt;
    if (!receipt) throw new Error('there is no receipt');
    expect(receipt).toMatchObject({ ...named, units: 3, destroyedAt: end().toISOString() });
    expect(ended.map(({ id }) => id)).toContain(receipt.groups[0]?.event);
    expect(isSignedBy(receipt, server.platform.signing.publicKey)).toBe(true);
    expect(isSignedBy({ ...receipt, day: '2026-03-03' } as typeof receipt, receipt.signature.publicKey)).toBe(false);
  });

  it('end once: what runs again changes nothing', async () => {
    const head = await server.platform.store.head(organisation);
    const before = await found();
    await run();
    await server.app.get(DayEnding, { strict: false }).end(named);
    expect([await found(), await server.platform.store.head(organisation)]).toEqual([before, head]);
  });

  it('are the same in read models made anew, and take no late fact', async () => {
    const live = await server.platform.projections.digest(organisation);
    for (const batchSize of [3, 1000]) {
      await server.platform.projections.rebuild({ batchSize });
      expect(await server.platform.projections.digest(organisation)).toBe(live);
    }
    const late = { address: marker, occurredAt: '2026-03-02T10:00:00Z' };
    const refused = await server.post(`/persons/${persons[0]}/logins`, late).expect(422);
    expect(refused.body.code).toBe('older-than-retention');
  });

  it('leave no row of their keys, once they are swept', async () => {
    const rows = await server.platform.pools.vault.query('SELECT FROM vault.units WHERE day = $1', [day]);
    expect(rows.rowCount).toBe(0);
    const [person] = persons as [string];
    const { body } = await server.get(`/persons/${person}/replay`).expect(200);
    expect(JSON.stringify(body)).toContain('192.0.2.1');
  });
});

describe('a day ended before its time', () => {
  let server: TestServer;
  const named = { organisation: 'mira', category: 'technical', day };

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('is told so in its receipt, and takes no more facts', async () => {
    const { body } = await server.post('/persons', { kinds: ['visitor'] }).expect(201);
    await server.post(`/persons/${body.id}/logins`, { address: marker }).expect(201);
    const ending = server.app.get(DayEnding, { strict: false });
    await ending.end(named, 'TICKET-7');
    await server.settled();
    await ending.completeWaiting();
    // The schedule may be at it just now.
    const completed = () => server.app.get(DayEnds, { strict: false }).find(named);
    await until(async () => Boolean((await completed())?.receipt));
    const row = await completed();
    expect(row?.receipt).toMatchObject({ beforeItsTime: 'TICKET-7', units: 1 });
    const again = await server.post(`/persons/${body.id}/logins`, { address: marker });
    expect([again.status, again.body.code]).toEqual([409, 'unit-ended']);
  });

  it('gives nothing for a day on which nothing was sealed, nor for a category without days', async () => {
    const ending = server.app.get(DayEnding, { strict: false });
    expect(await ending.end({ ...named, day: '2024-01-01' })).toBeUndefined();
    expect(() => ending.check({ ...named, category: 'billing' })).toThrow(/nothing is recorded by the day/);
    expect(() => ending.check({ ...named, category: 'nosuch' })).toThrow(/nothing is recorded by the day/);
  });
});
