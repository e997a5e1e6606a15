import { readHeader } from '@ardoise/format';
import { EndsSchedule } from '../../src/keys/ends/ends.schedule';
import { erased } from '../support/erasing';
import { startTestServer, type TestServer } from '../support/server';
import { createCourse, openSession, tellStory, type Story } from '../support/story';

const marker = 'CANARY-10YEARS';

describe('what is kept beside an erasure until a date', () => {
  let server: TestServer;
  let story: Story;
  let other: Story;
  let ground: string;

  const run = async (): Promise<void> => {
    const schedule = server.app.get(EndsSchedule, { strict: false });
    await schedule.run();
    await server.settled();
    await schedule.run();
  };
  const retained = async () =>
    (await server.platform.store.readLog('mira', 0n, 10_000))
      .map(({ header }) => readHeader(header))
      .filter(({ type, facts }) => type === 'keys-fenced' && facts.cause === 'retention');
  const invoice = (of: Story) => server.get(`/invoices/${of.invoice}?ground=accounting`);

  beforeAll(async () => {
    server = await startTestServer();
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    other = await tellStory(server, 'Bystander', { course, session });
    ground = server.platform.policies.get('mira')?.accounting.ground ?? '';
    await erased(server, story.person);
  });
  afterAll(() => server.close());

  it('MIRA-15 stays readable to accounting until ten years after the fiscal year, to the second', async () => {
    server.clock.set(new Date('2036-12-31T22:59:59.999Z'));
    await run();
    expect(JSON.stringify((await invoice(story).expect(200)).body)).toContain(marker);
    const kept = await server.platform.vault.unitsOf('mira', [story.person]);
    expect(kept.filter(({ category, state }) => category === 'billing' && state === 'held')).not.toEqual([]);
  });

  it('MIRA-15 ends then by itself: nobody reads it, whatever ground they name', async () => {
    server.clock.set(new Date('2036-12-31T23:00:00.000Z'));
    await run();
    await invoice(story).expect(410);
    const replay = await server.get(`/persons/${story.person}/replay?ground=${encodeURIComponent(ground)}`);
    expect(JSON.stringify(replay.body)).not.toContain(marker);
    const stream = await server.get(`/streams/invoice-${story.invoice}/replay?ground=${encodeURIComponent(ground)}`);
    expect(JSON.stringify(stream.body)).not.toContain(marker);
    expect(JSON.stringify(stream.body)).toContain('"cause":"retention"');
    const kept = await server.platform.vault.unitsOf('mira', [story.person]);
    expect(kept.filter(({ keptUntil }) => keptUntil && keptUntil <= server.clock.now())).toEqual([]);
  });

  it('is named in the log by units alone, once, and the list is gone', async () => {
    const named = (await retained()).flatMap(({ facts }) => facts.units as [string, string][]);
    expect(named.length).toBeGreaterThan(0);
    expect(new Set(named.map(([unit]) => unit)).size).toBe(named.length);
    const before = await server.platform.store.head('mira');
    await run();
    expect(await server.platform.store.head('mira')).toBe(before);
    const { rowCount } = await server.platform.pools.read.query('SELECT FROM keys.kept_ends');
    expect(rowCount).toBe(0);
  });

  it('leaves what has no date, or another', async () => {
    expect(JSON.stringify((await invoice(other).expect(200)).body)).toContain('Bystander-buyer');
  });
});
