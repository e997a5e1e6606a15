import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, registerLearner, storyCourse } from '../../test/support/story';

describe('evidence', () => {
  let server: TestServer;
  let course: string;
  let person: string;
  let enrolment: string;

  beforeAll(async () => {
    server = await startTestServer();
    course = await createCourse(server);
  });

  beforeEach(async () => {
    person = await registerLearner(server, 'Ada');
    enrolment = await enrol(server, person, course);
  });

  afterAll(() => server.close());

  const evidence = async () => (await server.get(`/persons/${person}/evidence`).expect(200)).body.items;

  async function achieve(): Promise<void> {
    for (const [path, body] of [
      ['module-completions', { module: 'm1' }],
      ['module-completions', { module: 'm2' }],
      ['grades', { assessment: 'final', score: 15 }],
    ] as const) {
      await server.post(`/enrolments/${enrolment}/${path}`, body).expect(200);
    }
    await server.settled();
  }

  it('MIRA-14 keeps the result of a training that was completed, and the learning names it', async () => {
    expect(await evidence()).toEqual([]);
    await achieve();
    const [kept] = await evidence();
    expect(kept).toMatchObject({ courseTitle: storyCourse.title, outcome: 'completed', endedOn: '2026-03-02' });
    const replay = await server.get(`/persons/${person}/replay`).expect(200);
    expect(JSON.stringify(replay.body)).toContain('evidence-linked');
  });

  it('names nothing of the enrolment that it was kept of', async () => {
    await achieve();
    const [kept] = await evidence();
    const { store, opener } = server.platform;
    const events = await opener.open('mira', await store.readStream('mira', `evidence-${kept.id}`));
    expect(events).toHaveLength(1);
    expect(events[0]!.sections.learner!.causation).toBeUndefined();
    expect(JSON.stringify(events[0]!.sections)).not.toContain(enrolment);
  });

  it('follows the enrolment: hours told later, an end that was corrected', async () => {
    await achieve();
    await server.post(`/enrolments/${enrolment}/realised-hours`, { hours: 12.5 });
    await server.settled();
    const [kept] = await evidence();
    expect(kept).toMatchObject({ outcome: 'completed', hours: 12.5 });
    const { store, opener } = server.platform;
    const events = await opener.open('mira', await store.readStream('mira', `enrolment-${enrolment}`));
    const end = events.find(({ type }) => type === 'enrolment-ended');
    const correction = { event: end!.id, action: 'corrected', outcome: 'withdrawn', reason: 'somebody else learned' };
    await server.post(`/enrolments/${enrolment}/corrections`, correction).expect(200);
    await server.settled();
    expect(await evidence()).toMatchObject([{ id: kept.id, outcome: 'annulled' }]);
  });

  it('keeps nothing of a training that was given up', async () => {
    await server.post(`/enrolments/${enrolment}/withdrawal`, {}).expect(200);
    await server.settled();
    expect(await evidence()).toEqual([]);
  });

  it('is of a person: 404 when unknown, 410 when erased', async () => {
    await server.get(`/persons/${'0'.repeat(32)}/evidence`).expect(404);
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    await server.get(`/persons/${person}/evidence`).expect(410);
    await server.get(`/persons/${person}/learning-record`).expect(410);
    await server.get(`/enrolments/${enrolment}/learning-record`).expect(410);
    await server.get(`/enrolments/${enrolment}/resume-point`).expect(410);
    await server.get(`/enrolments/${enrolment}/presences`).expect(410);
  });
});
