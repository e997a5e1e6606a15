import { readHeader } from '@ardoise/format';
import { nodeOf } from './support/engine';
import { erased } from './support/erasing';
import { filesThatHold } from './support/files';
import { searchDatabase } from './support/search';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, enrol, openSession, registerLearner, tellStory, type Story } from './support/story';
import { wholeLog } from './support/whole-log';

const marker = 'CANARY-7F3A';
const billingGround = (server: TestServer): string => server.platform.policies.get('mira')?.accounting.ground ?? '';

/** Everything that the API shows of a person who stays. */
async function seen(server: TestServer, story: Story): Promise<unknown> {
  const paths = [
    `/persons/${story.person}`,
    `/persons/${story.person}/learning-record`,
    `/persons/${story.person}/payments`,
    `/persons/${story.person}/consents`,
    `/persons/${story.person}/logins`,
    `/persons/${story.person}/enrolments`,
    `/enrolments/${story.enrolment}/presences`,
    `/persons/${story.person}/replay`,
  ];
  return Promise.all(paths.map(async (path) => (await server.get(path).expect(200)).body));
}

describe('the erasure of a person with every kind of record', () => {
  let server: TestServer;
  let story: Story;
  let other: Story;
  let receipt: { units: [string, string][]; kept: { category: string; ground: string; until: string }[] };

  beforeAll(async () => {
    server = await startTestServer();
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    story = await tellStory(server, marker, { course, session });
    other = await tellStory(server, 'Bystander', { course, session });
  });

  afterAll(() => server.close());

  it('finds the marker in no byte of the event tables while the person is there', async () => {
    const { url } = server.platform.server;
    expect(await searchDatabase(url, marker, ['log', 'vault'])).toEqual([]);
    const node = await nodeOf(url);
    expect(node ? filesThatHold(node.folder, marker) : []).toEqual([]);
    const { body } = await server.get(`/persons/${story.person}`).expect(200);
    expect(JSON.stringify(body)).toContain(marker);
  });

  it('MIRA-15 MVX-22 erases what may go, keeps billing with its ground, and leaves everybody else as they were', async () => {
    const before = await seen(server, other);
    const log = await wholeLog(server.platform.store);
    const erasureId = await erased(server, story.person);
    const { body: shown } = await server.get(`/erasures/${erasureId}`).expect(200);
    expect(shown.decisions).toContainEqual({
      category: 'billing',
      outcome: 'keep',
      ground: billingGround(server),
      until: '2036-12-31T23:00:00.000Z',
    });
    expect(shown.decisions).toContainEqual({ category: 'identity', outcome: 'erase' });
    receipt = (await server.get(`/erasures/${erasureId}/receipt`).expect(200)).body;
    expect(receipt.units.length).toBeGreaterThan(8);
    expect(await seen(server, other)).toEqual(before);
    const after = await wholeLog(server.platform.store);
    expect(after.slice(0, log.length)).toEqual(log);
  });

  it('decides the erasure of a person once, whoever asks at the same time', async () => {
    const person = await registerLearner(server, 'Twice');
    const answers = await Promise.all([1, 2, 3].map(() => server.post(`/persons/${person}/erasures`)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    for (const { status } of answers) expect([202, 409, 410]).toContain(status);
  });

  it('answers 410 for what was erased, and 409 to anything new about the person', async () => {
    for (const path of [
      `/persons/${story.person}`,
      `/persons/${story.person}/learning-record`,
      `/persons/${story.person}/consents`,
      `/persons/${story.person}/enrolments`,
      `/enrolments/${story.enrolment}`,
      `/invoices/${story.invoice}`,
    ]) {
      const answer = await server.get(path);
      expect([path, answer.status]).toEqual([path, 410]);
    }
    const again = await server.post(`/persons/${story.person}/profile-values`, {
      name: 'phone',
      value: '+33612345679',
    });
    expect([again.status, again.body.code]).toEqual([409, 'person-erased']);
    const enrolment = { person: story.person, course: story.course, traineeKind: 'employee' };
    expect((await server.post('/enrolments', enrolment)).status).toBe(409);
    expect((await server.post(`/persons/${story.person}/erasures`)).body.code).toBe('erasure-decided');
  });

  it('shows the buyer to the query that names the billing ground', async () => {
    const { body } = await server.get(`/invoices/${story.invoice}?ground=accounting`).expect(200);
    expect(body.buyer.name).toBe(`${marker}-buyer`);
    const replayed = await server.get(`/persons/${story.person}/replay`).expect(200);
    expect(replayed.body.person).toBe('erased');
    expect(JSON.stringify(replayed.body)).not.toContain(marker);
    const named = await server.get(
      `/persons/${story.person}/replay?ground=${encodeURIComponent(billingGround(server))}`,
    );
    expect(JSON.stringify(named.body)).toContain(`${marker}-buyer`);
  });

  it('replays the erased parts as erased, with the event that ended them', async () => {
    const { body } = await server.get(`/enrolments/${story.enrolment}/replay`).expect(200);
    expect(body.events.length).toBeGreaterThan(5);
    for (const event of body.events) {
      expect(event.sections.learner.state).toBe('erased');
      expect(event.sections.learner.endedBy.cause).toBe('erasure');
    }
  });

  it('finds the marker in no byte of any table, statistics, export or metric', async () => {
    expect(await searchDatabase(server.platform.server.url, marker)).toEqual([]);
    expect(
      await searchDatabase(server.platform.server.url, story.enrolment, ['read', 'vault', 'erasures', 'reactions']),
    ).toEqual([]);
    const log = await server
      .get('/log')
      .buffer(true)
      .parse((response, done) => {
        let text = '';
        response.on('data', (piece: Buffer) => (text += piece.toString()));
        response.on('end', () => done(null, text));
      });
    expect(log.body).not.toContain(marker);
    expect((await server.http().get('/metrics')).text).not.toContain(story.person);
  });

  it('leads nowhere from the invoice: the log, the invoice’s key and nothing else', async () => {
    const events = await server.platform.store.readLog('mira', 0n, 100_000);
    const headers = events.map(({ header }) => readHeader(header));
    const invoiceStream = `invoice-${story.invoice}`;
    const opened = await server.platform.opener.open(
      'mira',
      await server.platform.store.readStream('mira', invoiceStream),
    );
    // All that somebody with the invoice's key can know: its headers, and what its sections say.
    const own = headers.filter(({ stream }) => stream === invoiceStream);
    const known = JSON.stringify([own, opened.map(({ sections }) => sections)]);
    const tokens = new Set(known.match(/[0-9a-f]{32,64}/g));
    tokens.delete('0'.repeat(32));
    const elsewhere = headers.filter(({ stream }) => stream !== invoiceStream).map((header) => JSON.stringify(header));
    for (const token of tokens) expect(elsewhere.filter((header) => header.includes(token))).toEqual([]);
    expect(opened.every(({ closed }) => closed.length === 0)).toBe(true);
    // The request that is kept for years names none of the units, nor the event that ended them.
    const { body: request } = await server.get(`/persons/${story.person}/replay`);
    for (const [unit, fingerprint] of receipt.units) {
      expect(JSON.stringify(request)).not.toContain(unit);
      expect(JSON.stringify(request)).not.toContain(fingerprint);
    }
  });

  it('gives the same read models as if the person could never have been opened', async () => {
    const live = await server.platform.projections.digest('mira');
    const { switched } = await server.platform.projections.rebuild({ batchSize: 7 });
    expect(switched).toBe(true);
    expect(await server.platform.projections.digest('mira')).toBe(live);
    await server.platform.projections.rebuild({ batchSize: 1_000 });
    expect(await server.platform.projections.digest('mira')).toBe(live);
  });
});

describe('the erasure of a learner with a seat in a full session', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  it('frees the seat for the next on the waiting list, and the session folds from the log alone', async () => {
    const course = await createCourse(server);
    const session = await openSession(server, course, 1);
    const first = await registerLearner(server, 'First');
    const second = await registerLearner(server, 'Second');
    const held = await enrol(server, first, course, session);
    const waiting = await enrol(server, second, course, session);
    expect((await server.get(`/enrolments/${held}`)).body.state).toBe('confirmed');
    expect((await server.get(`/enrolments/${waiting}`)).body.state).toBe('waiting');
    await erased(server, first);
    expect((await server.get(`/enrolments/${waiting}`)).body.state).toBe('confirmed');
    expect((await server.get(`/sessions/${session}`)).body).toMatchObject({
      places: { capacity: 1, confirmed: 1, free: 0, queued: 0 },
    });
    const before = (await server.get(`/streams/session-${session}/replay`).expect(200)).body;
    await erased(server, second);
    const after = (await server.get(`/streams/session-${session}/replay`).expect(200)).body;
    expect(after.events.slice(0, before.events.length)).toEqual(before.events);
    expect((await server.get(`/sessions/${session}`)).body).toMatchObject({
      places: { capacity: 1, confirmed: 0, free: 1 },
    });
  });
});
