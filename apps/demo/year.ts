import type { Policy, ProfileFieldName } from '@ardoise/policy';
import type { Client } from './client';

/** The people of the demonstration are made up; their names say so. */
const givenNames = ['Ada', 'Basile', 'Chloé', 'Driss', 'Emma', 'Farid'];

export interface Learner {
  readonly name: string;
  readonly person: string;
  readonly enrolment: string;
  readonly invoice: string;
}

export interface Year {
  readonly course: string;
  readonly session: string;
  readonly learners: readonly Learner[];
}

const courseBody = {
  title: 'Prévention des risques au travail',
  modality: 'mixed',
  plannedHours: 21,
  modules: [
    { key: 'accueil', title: 'Accueil' },
    { key: 'risques', title: 'Repérer les risques' },
    { key: 'agir', title: 'Agir et alerter' },
  ],
  assessments: [
    { key: 'quiz', title: 'Questionnaire', kind: 'quiz', maximumScore: 10, passMark: 5 },
    { key: 'examen', title: 'Examen final', kind: 'final-exam', maximumScore: 20, passMark: 10 },
  ],
  completionRule: 'achieved',
};

/** A year of learning at one organisation, told through its public API: facts bear the time at which they happened. */
export async function liveOneYear(client: Client, policy: Policy, now: Date): Promise<Year> {
  const at = (daysAgo: number): string => new Date(now.getTime() - daysAgo * 86_400_000).toISOString();
  const day = (daysAgo: number): string => at(daysAgo).slice(0, 10);
  const { id: course } = await client.post('/courses', courseBody);
  const dates = { startsOn: day(350), endsOn: day(20) };
  const { id: session } = await client.post('/sessions', {
    course,
    title: 'Session annuelle',
    modality: 'mixed',
    capacity: 5,
    ...dates,
  });
  const learners: Learner[] = [];
  for (const [index, givenName] of givenNames.entries()) {
    const name = `${givenName} Démonstration`;
    const person = await register(client, policy, givenName, index, at(360));
    const funders = [{ kind: index % 2 === 0 ? 'opco' : 'self', share: 10_000 }];
    const { id: enrolment } = await client.post('/enrolments', {
      person,
      course,
      session,
      traineeKind: 'employee',
      funders,
      occurredAt: at(355),
    });
    await client.post(`/enrolments/${enrolment}/approval`, { by: 'direction des études' });
    const state = await client.until(`/enrolments/${enrolment}`, ({ body }) =>
      ['confirmed', 'waiting'].includes((body as { state: string }).state),
    );
    const invoice = await bill(client, person, name, index, day);
    await client.post(`/enrolments/${enrolment}/invoices`, { invoice });
    if ((state.body as { state: string }).state === 'confirmed') await learn(client, enrolment, index, at);
    await choose(client, policy, person);
    learners.push({ name, person, enrolment, invoice });
  }
  return { course, session, learners };
}

async function register(
  client: Client,
  policy: Policy,
  givenName: string,
  index: number,
  occurredAt: string,
): Promise<string> {
  const values: { readonly [F in ProfileFieldName]?: string } = {
    'given-name': givenName,
    'family-name': 'Démonstration',
    email: `demo.${index}@example.org`,
    residence: 'Île-de-France',
    language: 'fr',
  };
  const profileValues = Object.entries(policy.profile.fields)
    .filter(([field, { kinds }]) => field in values && (!kinds || kinds.includes('learner')))
    .map(([name]) => ({ name, value: values[name as ProfileFieldName] }));
  const ageCertified = policy.minimumAge?.proof === 'certification' ? { ageCertified: true } : {};
  const externalIds = [{ system: 'lms', externalId: `demo-${index}` }];
  return (
    await client.post('/persons', { kinds: ['learner'], profileValues, externalIds, ...ageCertified, occurredAt })
  ).id;
}

/** The first three finish, the fourth fails the exam, the fifth gives up. */
async function learn(client: Client, enrolment: string, index: number, at: (daysAgo: number) => string): Promise<void> {
  const of = `/enrolments/${enrolment}`;
  const modules = index < 4 ? ['accueil', 'risques', 'agir'] : ['accueil'];
  for (const [step, module] of modules.entries()) {
    const occurredAt = at(300 - step * 60 - index);
    await client.post(`${of}/module-starts`, { module, occurredAt, source: 'lms' });
    await client.post(`${of}/time-records`, { module, seconds: 1_800 + index * 60, occurredAt, source: 'lms' });
    await client.post(`${of}/module-completions`, { module, occurredAt, source: 'lms' });
  }
  await client.post(`${of}/presences`, {
    arrivedAt: at(299),
    leftAt: new Date(Date.parse(at(299)) + 3 * 3_600_000).toISOString(),
    halfDay: 'morning',
  });
  if (index === 4) {
    await client.post(`${of}/withdrawal`, { reason: 'changement de poste', occurredAt: at(200) });
    return;
  }
  await client.post(`${of}/grades`, { assessment: 'quiz', score: 5 + index, occurredAt: at(100), source: 'lms' });
  await client.post(`${of}/grades`, {
    assessment: 'examen',
    score: index < 3 ? 12 + index : 6,
    occurredAt: at(60),
    source: 'lms',
  });
}

async function bill(
  client: Client,
  person: string,
  name: string,
  index: number,
  day: (daysAgo: number) => string,
): Promise<string> {
  const line = {
    label: 'Formation',
    courseTitle: courseBody.title,
    from: day(350),
    to: day(20),
    quantity: 1,
    unitAmount: 90_000,
    amount: 90_000,
  };
  const { id: invoice } = await client.post('/invoices', {
    person,
    number: `DEMO-${index + 1}`,
    issuedOn: day(340),
    buyer: { name },
    lines: [line],
    currency: 'EUR',
    total: 90_000,
  });
  const payment = { movement: 'captured', reference: `demo-payment-${index + 1}`, amount: 90_000, currency: 'EUR' };
  await client.post(`/invoices/${invoice}/payments`, payment);
  return invoice;
}

async function choose(client: Client, policy: Policy, person: string): Promise<void> {
  const [purpose, { label }] = Object.entries(policy.consentPurposes)[0] as [string, { label: string }];
  await client.post(`/persons/${person}/consents`, { purpose, choice: 'given', wording: label, channel: 'web' });
}
