import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, registerLearner } from '../../test/support/story';

describe('the overview of a course', () => {
  let server: TestServer;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer();
    course = await createCourse(server);
  });

  afterAll(() => server.close());

  const overview = async (of = course) => (await server.get(`/courses/${of}/overview`).expect(200)).body;
  const told = async (enrolment: string, path: string, body: object): Promise<string> =>
    (await server.post(`/enrolments/${enrolment}/${path}`, body).expect(200)).body.events[0];

  it('MVX-11 shows engagement by module, drop-out and scores', async () => {
    const [ada, bea, cleo] = await Promise.all(
      ['Ada', 'Bea', 'Cleo'].map(async (name) => enrol(server, await registerLearner(server, name), course)),
    );
    await told(ada!, 'module-openings', { module: 'm1' });
    await told(ada!, 'time-records', { module: 'm1', seconds: 90 });
    await told(bea!, 'module-completions', { module: 'm1' });
    await told(bea!, 'module-starts', { module: 'm2' });
    await told(ada!, 'grades', { assessment: 'quiz', score: 4.5 });
    await told(ada!, 'grades', { assessment: 'quiz', score: 10 });
    const wrong = await told(bea!, 'grades', { assessment: 'quiz', score: 0 });
    await server.post(`/enrolments/${cleo}/withdrawal`, {}).expect(200);
    await server.settled();
    expect(await overview()).toMatchObject({
      enrolments: { enrolled: 3, confirmed: 3, active: 2, completed: 0, droppedOut: 1, withdrawn: 1 },
      modules: [
        { key: 'm1', opened: 2, started: 1, completed: 1, seconds: 90 },
        { key: 'm2', opened: 1, started: 1, completed: 0 },
      ],
      assessments: [
        {
          key: 'quiz',
          attempts: 3,
          learners: 2,
          learnersPassed: 1,
          passRate: 0.5,
          distribution: [1, 0, 0, 0, 1, 0, 0, 0, 0, 1],
        },
        { key: 'final', attempts: 0, learners: 0 },
      ],
    });
    await told(bea!, 'learning-corrections', { event: wrong, action: 'corrected', score: 6, reason: 'mixed up' });
    server.clock.advance(3_600_000);
    await told(cleo!, 'module-completions', { module: 'm1' });
    const { assessments, modules } = await overview();
    expect(assessments[0]).toMatchObject({ learnersPassed: 2, distribution: [0, 0, 0, 0, 1, 0, 1, 0, 0, 1] });
    expect(modules[0]).toMatchObject({ opened: 2 });
  });

  it('is empty for a course that nobody takes, and not found for none', async () => {
    const { enrolments, modules } = await overview(await createCourse(server));
    expect(enrolments).toMatchObject({ enrolled: 0, active: 0 });
    expect(modules).toHaveLength(2);
    await server.get(`/courses/${'0'.repeat(32)}/overview`).expect(404);
  });

  it('stays fast with 30,000 enrolments and 174,000 attempts in one course', async () => {
    const busy = await createCourse(server);
    const pool = server.platform.pools.read;
    const id = (n: string) => `lpad(to_hex(${n}), 32, '0')`;
    const enrolments = `SELECT 'mira', ${id('n')}, ${id('n')}, $1, 'completed', true FROM generate_series(1, 30000) n`;
    await pool.query(
      `INSERT INTO read.overview_enrolments (organisation, enrolment, unit, course, state, confirmed) ${enrolments}`,
      [busy],
    );
    const values = `'mira', ${id('n')}, ${id('n % 30000 + 1')}, $1, ${id('n % 30000 + 1')}`;
    await pool.query(
      `INSERT INTO read.overview_scores (organisation, event, unit, course, person, assessment, score, maximum, passed, counted)
       SELECT ${values}, 'quiz', n % 11, 10, n % 11 >= 5, true FROM generate_series(1, 174000) n`,
      [busy],
    );
    await pool.query(
      `INSERT INTO read.overview_modules (organisation, event, unit, course, person, module, reached, seconds, counted)
       SELECT ${values}, 'm' || n % 2 + 1, n % 3 + 1, 60, true FROM generate_series(1, 174000) n`,
      [busy],
    );
    await overview(busy);
    const started = performance.now();
    const { enrolments: counts, assessments } = await overview(busy);
    // Far above what it takes on an idle machine, far below what a plan gone wrong takes.
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(counts.completed).toBe(30_000);
    expect(assessments[0]).toMatchObject({ attempts: 174_000, learners: 30_000 });
  });
});
