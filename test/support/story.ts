import type { TestServer } from './server';

/** A learner with every kind of record. All names and addresses hold the marker that is given. */
export interface Story {
  readonly course: string;
  readonly session: string;
  readonly person: string;
  readonly enrolment: string;
  readonly invoice: string;
  readonly consent: string;
}

export const storyCourse = {
  title: 'Premiers secours',
  modality: 'mixed',
  plannedHours: 14,
  modules: [
    { key: 'm1', title: 'Protéger' },
    { key: 'm2', title: 'Alerter' },
  ],
  assessments: [
    { key: 'quiz', title: 'Questionnaire', kind: 'quiz', maximumScore: 10, passMark: 5 },
    { key: 'final', title: 'Examen', kind: 'final-exam', maximumScore: 20, passMark: 10 },
  ],
  completionRule: 'achieved',
};

export async function createCourse(server: TestServer): Promise<string> {
  return id(await server.post('/courses', storyCourse));
}

export async function openSession(server: TestServer, course: string, capacity?: number): Promise<string> {
  const dates = { startsOn: '2026-03-09', endsOn: '2026-06-30' };
  const body = {
    course,
    title: 'Printemps',
    ...dates,
    modality: 'mixed',
    ...(capacity === undefined ? {} : { capacity }),
  };
  return id(await server.post('/sessions', body));
}

let people = 0;

export async function registerLearner(server: TestServer, name: string): Promise<string> {
  people += 1;
  const profileValues = [
    { name: 'given-name', value: name },
    { name: 'family-name', value: `${name}-family` },
    { name: 'email', value: `${name.toLowerCase()}.${people}@example.org` },
  ];
  const externalIds = [{ system: 'lms', externalId: `${name}-lms-${people}` }];
  return id(await server.post('/persons', { kinds: ['learner'], profileValues, externalIds }));
}

export async function enrol(server: TestServer, person: string, course: string, session?: string): Promise<string> {
  const funders = [{ kind: 'opco', share: 10_000, reference: `file ${person.slice(0, 6)}` }];
  const body = { person, course, traineeKind: 'employee', funders, ...(session === undefined ? {} : { session }) };
  const enrolment = id(await server.post('/enrolments', body));
  expectDone(await server.post(`/enrolments/${enrolment}/approval`, { by: 'direction' }));
  await server.settled();
  return enrolment;
}

/** Carries one learner through everything that can be recorded. */
export async function tellStory(
  server: TestServer,
  name: string,
  parts: { course: string; session: string },
): Promise<Story> {
  const { course, session } = parts;
  const person = await registerLearner(server, name);
  const enrolment = await enrol(server, person, course, session);
  const of = `/enrolments/${enrolment}`;
  for (const [path, body] of [
    [`${of}/module-openings`, { module: 'm1', resource: `${name}-resource` }],
    [`${of}/module-starts`, { module: 'm1' }],
    [`${of}/time-records`, { module: 'm1', seconds: 1_800 }],
    [`${of}/resume-points`, { module: 'm1', point: `${name}-page-7` }],
    [`${of}/presences`, { arrivedAt: '2026-03-02T08:00:00Z', leftAt: '2026-03-02T08:50:00Z', halfDay: 'morning' }],
    [`${of}/submissions`, { assessment: 'quiz' }],
    [`${of}/grades`, { assessment: 'quiz', score: 7 }],
    [`/persons/${person}/logins`, { address: '192.0.2.7', device: `${name}-device`, browser: 'Firefox' }],
    [`/persons/${person}/profile-values`, { name: 'phone', value: '+33612345678' }],
    [`/persons/${person}/notices`, { notice: `${name}-notice`, channel: 'web' }],
  ] as const) {
    expectDone(await server.post(path, body));
  }
  const consents = { purpose: 'marketing', choice: 'given', wording: `${name}-wording`, channel: 'web' };
  const consent = id(await server.post(`/persons/${person}/consents`, consents));
  const invoice = await bill(server, person, name);
  expectDone(await server.post(`${of}/invoices`, { invoice }));
  await server.settled();
  return { course, session, person, enrolment, invoice, consent };
}

async function bill(server: TestServer, person: string, name: string): Promise<string> {
  const line = { label: 'Formation', courseTitle: storyCourse.title, from: '2026-03-09', to: '2026-06-30' };
  const invoice = id(
    await server.post('/invoices', {
      person,
      number: `F-${person.slice(0, 8)}`,
      issuedOn: '2026-03-02',
      buyer: { name: `${name}-buyer`, address: `${name}-street 1` },
      lines: [{ ...line, quantity: 1, unitAmount: 120_000, amount: 120_000 }],
      currency: 'EUR',
      total: 120_000,
    }),
  );
  const payment = {
    movement: 'captured',
    reference: `${name}-ref`,
    amount: 120_000,
    currency: 'EUR',
    method: 'transfer',
  };
  expectDone(await server.post(`/invoices/${invoice}/payments`, payment));
  return invoice;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string };
}

function expectDone(answer: Answer): void {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
}

function id(answer: Answer): string {
  expectDone(answer);
  return answer.body.id as string;
}
