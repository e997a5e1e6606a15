import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, registerLearner } from '../../test/support/story';

describe('learning', () => {
  let server: TestServer;
  let course: string;
  let person: string;
  let enrolment: string;

  beforeAll(async () => {
    server = await startTestServer();
    course = await createCourse(server);
  });

  beforeEach(async () => {
    server.clock.set(new Date('2026-03-02T09:00:00.000Z'));
    person = await registerLearner(server, 'Ada');
    enrolment = await enrol(server, person, course);
    server.clock.advance(60_000);
  });

  afterAll(() => server.close());

  const tell = (path: string, body: object, headers = {}) =>
    server.post(`/enrolments/${enrolment}/${path}`, body, headers);
  const record = async () => (await server.get(`/enrolments/${enrolment}/learning-record`).expect(200)).body;
  const state = async () => (await server.get(`/enrolments/${enrolment}`).expect(200)).body.state;

  /** All that completes the course. */
  async function achieve(score = 12): Promise<{ grade: string }> {
    await tell('module-completions', { module: 'm1' }).expect(200);
    await tell('module-completions', { module: 'm2' }).expect(200);
    const { body } = await tell('grades', { assessment: 'final', score }).expect(200);
    await server.settled();
    return { grade: body.events[0] };
  }

  it('MVX-03 shows modules looked at, time by resource, and results', async () => {
    await tell('module-openings', { module: 'm1', resource: 'video' }).expect(200);
    await tell('module-starts', { module: 'm1' }).expect(200);
    await tell('time-records', { module: 'm1', resource: 'video', seconds: 600 }).expect(200);
    await tell('time-records', { module: 'm1', seconds: 30 }).expect(200);
    const { body: submitted } = await tell('submissions', { assessment: 'quiz' }).expect(200);
    await tell('grades', { assessment: 'quiz', score: 7.5, attempt: submitted.attempt }).expect(200);
    const shown = await record();
    expect(shown).toMatchObject({ enrolment, course, seconds: 630, achieved: false, parked: [] });
    expect(shown.modules).toMatchObject([
      { key: 'm1', state: 'started', seconds: 630, resources: [{ resource: 'video', openings: 1, seconds: 600 }] },
      { key: 'm2', state: 'not-started', seconds: 0 },
    ]);
    expect(shown.assessments[0]).toMatchObject({
      key: 'quiz',
      passed: true,
      bestScore: 7.5,
      attempts: [{ attempt: submitted.attempt, state: 'graded', score: 7.5, maximum: 10, standing: 'regular' }],
    });
    const { body } = await server.get(`/persons/${person}/learning-record`).expect(200);
    expect(body).toEqual({ person, enrolments: [shown] });
  });

  it('MVX-07 resumes where the learner stopped last, whenever that was told', async () => {
    await server.get(`/enrolments/${enrolment}/resume-point`).expect(404);
    server.clock.advance(600_000);
    await tell('resume-points', { module: 'm2', point: 'slide=7' }).expect(200);
    await tell('resume-points', { module: 'm1', point: 'slide=2', occurredAt: '2026-03-02T09:05:00Z' }).expect(200);
    const { body } = await server.get(`/enrolments/${enrolment}/resume-point`).expect(200);
    expect(body).toMatchObject({ module: 'm2', point: 'slide=7' });
    expect((await record()).resumePoint).toEqual(body);
  });

  it('MIRA-01 completes the enrolment by itself when all modules are done and the exam is passed', async () => {
    await achieve();
    expect(await state()).toBe('completed');
    expect(await record()).toMatchObject({ achieved: true, finishedAt: '2026-03-02T09:01:00.000Z' });
  });

  it('is not finished by a failed exam, and is by its correction', async () => {
    const { grade } = await achieve(9);
    expect(await state()).toBe('confirmed');
    const correction = { event: grade, action: 'corrected', score: 11, reason: 'sum was wrong', author: person };
    await tell('learning-corrections', correction).expect(200);
    await server.settled();
    expect(await state()).toBe('completed');
    expect((await record()).assessments[1].attempts).toMatchObject([{ score: 11, passed: true, corrected: true }]);
  });

  it('shows when an annulment takes back what the learning was finished by', async () => {
    const { grade } = await achieve();
    await tell('learning-corrections', { event: grade, action: 'annulled', reason: 'somebody else sat it' }).expect(
      200,
    );
    expect(await record()).toMatchObject({ achieved: false, finishedAt: expect.any(String) });
    expect(await state()).toBe('completed');
  });

  it('counts what is told late, and parks what happened after the end until it is accepted', async () => {
    await server.post(`/enrolments/${enrolment}/withdrawal`, {}).expect(200);
    await server.settled();
    server.clock.advance(24 * 3_600_000);
    const late = await tell('time-records', { module: 'm1', seconds: 60, occurredAt: '2026-03-02T09:00:30Z' });
    expect(late.status).toBe(200);
    const parked = await tell('module-completions', { module: 'm1' }).expect(200);
    const [fact] = parked.body.events;
    expect(await record()).toMatchObject({
      seconds: 60,
      modules: [{ state: 'not-started' }, {}],
      parked: [{ event: fact, kind: 'completed', module: 'm1' }],
    });
    await tell('parked-decisions', { fact, accepted: true, reason: 'agreed with the employer' }).expect(200);
    expect(await record()).toMatchObject({ modules: [{ state: 'completed' }, {}], parked: [] });
    await tell('parked-decisions', { fact: late.body.events[0], accepted: true }).expect(422);
  });

  it('refuses by name and place', async () => {
    const refusals: [string, object, number, string, string?][] = [
      ['module-starts', { module: 'm9' }, 422, 'module-unknown', '/module'],
      ['grades', { assessment: 'essay', score: 1 }, 422, 'assessment-unknown', '/assessment'],
      ['grades', { assessment: 'quiz', score: 10.5 }, 422, 'score-above-maximum', '/score'],
      ['grades', { assessment: 'quiz', score: -1 }, 422, 'request-not-valid', '/score'],
      ['time-records', { module: 'm1', seconds: 86_401 }, 422, 'request-not-valid', '/seconds'],
      ['time-records', { module: 'm1', seconds: 1, mood: 'good' }, 422, 'request-not-valid', '/mood'],
      ['module-starts', { module: 'm1', occurredAt: '2026-03-03T09:00:00Z' }, 422, 'occurred-in-the-future'],
      [
        'learning-corrections',
        { event: '0'.repeat(32), action: 'annulled', reason: 'r' },
        422,
        'event-not-correctable',
      ],
    ];
    for (const [path, body, status, code, at] of refusals) {
      const answer = await tell(path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, status, code]);
      if (at !== undefined) expect(answer.body.errors[0].at).toBe(at);
    }
    const unknown = await server.post(`/enrolments/${'0'.repeat(32)}/module-starts`, { module: 'm1' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'enrolment-not-found']);
  });

  it('refuses facts of an enrolment that is not confirmed', async () => {
    const other = await registerLearner(server, 'Bea');
    const { body } = await server.post('/enrolments', { person: other, course, traineeKind: 'employee' }).expect(201);
    const answer = await server.post(`/enrolments/${body.id}/module-starts`, { module: 'm1' });
    expect([answer.status, answer.body.code]).toEqual([409, 'enrolment-not-confirmed']);
  });

  it('records a repeated command once, and refuses another under its key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await tell('submissions', { assessment: 'quiz' }, headers).expect(200);
    const again = await tell('submissions', { assessment: 'quiz' }, headers).expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await tell('submissions', { assessment: 'final' }, headers).expect(422);
    await tell('submissions', { assessment: 'quiz' }, { 'if-match': '"7"' }).expect(412);
  });

  describe('in batches', () => {
    const batch = async (path: string, lines: readonly object[]) => {
      const answer = await server
        .http()
        .post(`/v1/organisations/mira${path}`)
        .set({ prefer: 'wait=20', 'content-type': 'application/x-ndjson' })
        .send(lines.map((line) => JSON.stringify(line)).join('\n'))
        .buffer(true)
        .parse((response, done) => {
          let text = '';
          response.on('data', (piece: Buffer) => (text += piece.toString()));
          response.on('end', () => done(null, text));
        })
        .expect(200);
      return String(answer.body)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };

    it('takes each line for itself, in the order of each enrolment, and once', async () => {
      const line = (kind: string, fields: object) => ({ idempotencyKey: randomUUID(), enrolment, kind, ...fields });
      const lines = [
        line('module-opening', { module: 'm1' }),
        line('module-completion', { module: 'm9' }),
        { ...line('module-start', { module: 'm1' }), idempotencyKey: 'none' },
        line('grade', { assessment: 'quiz', score: 3 }),
        { ...line('time-record', { module: 'm1', seconds: 5 }), enrolment: '0'.repeat(32) },
        ...Array.from({ length: 20 }, (_, second) => line('time-record', { module: 'm1', seconds: second + 1 })),
      ];
      const outcomes = await batch('/progress/batch', lines);
      expect(outcomes.map(({ line: number }) => number)).toEqual(lines.map((_, index) => index + 1));
      expect(outcomes.slice(0, 5).map(({ status, problem }) => [status, problem?.code])).toEqual([
        [200, undefined],
        [422, 'module-unknown'],
        [422, 'request-not-valid'],
        [422, 'request-not-valid'],
        [404, 'enrolment-not-found'],
      ]);
      expect(outcomes.slice(5).map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, at) => at + 2));
      const again = await batch('/progress/batch', lines);
      expect(again.slice(5).every(({ repeated }) => repeated)).toBe(true);
      expect((await record()).seconds).toBe(210);
    });

    it('takes submissions and grades', async () => {
      const key = randomUUID();
      const grade = { enrolment, kind: 'grade', assessment: 'quiz', score: 4, submittedAt: '2026-03-02T09:00:10Z' };
      const [submitted, graded] = await batch('/results/batch', [
        { idempotencyKey: key, enrolment, kind: 'submission', assessment: 'quiz' },
        { idempotencyKey: randomUUID(), ...grade },
      ]);
      expect(graded.status).toBe(200);
      const { attempts } = (await record()).assessments[0];
      expect(attempts).toHaveLength(2);
      expect(attempts).toMatchObject([
        { attempt: submitted.attempt, state: 'submitted' },
        { attempt: graded.attempt, state: 'graded', submittedAt: '2026-03-02T09:00:10.000Z', passed: false },
      ]);
    });
  });
});
