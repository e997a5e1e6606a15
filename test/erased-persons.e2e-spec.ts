import { Participants } from '../src/erasures/process/participants';
import { openApi } from '../src/server';
import { decideErasure, erased } from './support/erasing';
import { startTestServer, until, type TestServer } from './support/server';
import { createCourse, openSession, registerLearner, tellStory, type Story } from './support/story';

const base = '/v1/organisations/{organisation}';
const said = { reason: 'relecture', action: 'annulled' };

/** What there is of the erased person, and somebody who stays. */
interface Known {
  /** A document of the erased person. */
  readonly document: string;
  readonly gone: Story;
  readonly stays: Story;
  /** An event of the one who stays that can be corrected, by kind. */
  readonly events: {
    readonly presence: string;
    readonly time: string;
    readonly enrolment: string;
    readonly invoice: string;
  };
}

interface Attempt {
  readonly path: string;
  readonly body: object;
  /** What is sent is a document, not JSON. */
  readonly document?: true;
}

const consent = { purpose: 'marketing', choice: 'given', wording: 'Oui', channel: 'web' };
const invoice = {
  number: 'F-9',
  issuedOn: '2026-03-02',
  buyer: { name: 'Acheteur', address: '1, rue' },
  lines: [
    {
      label: 'Formation',
      courseTitle: 'PSC1',
      from: '2026-03-09',
      to: '2026-06-30',
      quantity: 1,
      unitAmount: 1,
      amount: 1,
    },
  ],
  currency: 'EUR',
  total: 1,
};
const at = { arrivedAt: '2026-03-02T08:00:00Z' };

const aDocument = 'kind=identity-document&name=passeport.txt';

/** Every command that names a person, directly or by what is theirs, with a body that is otherwise right. */
const commands: { readonly [route: string]: (known: Known) => Attempt } = {
  '/persons/{person}/profile-values': ({ gone }) =>
    ofPerson(gone, 'profile-values', { name: 'phone', value: '+33612345679' }),
  '/persons/{person}/external-ids': ({ gone }) =>
    ofPerson(gone, 'external-ids', { system: 'lms', externalId: 'again' }),
  '/persons/{person}/external-ids/removal': ({ gone }) =>
    ofPerson(gone, 'external-ids/removal', { system: 'lms', externalId: 'again' }),
  '/persons/{person}/merge': ({ gone, stays }) => ofPerson(gone, 'merge', { into: stays.person }),
  '/persons/{person}/merge#into': ({ gone, stays }) => ofPerson(stays, 'merge', { into: gone.person }),
  '/persons/{person}/unmerge': ({ gone }) => ofPerson(gone, 'unmerge', {}),
  '/persons/{person}/logins': ({ gone }) => ofPerson(gone, 'logins', { address: '192.0.2.9' }),
  '/persons/{person}/consents': ({ gone }) => ofPerson(gone, 'consents', consent),
  '/persons/{person}/notices': ({ gone }) => ofPerson(gone, 'notices', { notice: 'n1', channel: 'web' }),
  '/persons/{person}/documents': ({ gone }) => ({ ...ofPerson(gone, `documents?${aDocument}`, {}), document: true }),
  '/documents/{document}/withdrawal': ({ document }) => ({
    path: `/documents/${document}/withdrawal`,
    body: { reason: 'doublon' },
  }),
  '/persons/{person}/erasures': ({ gone }) => ofPerson(gone, 'erasures', {}),
  '/consents/{consent}/withdrawal': ({ gone }) => ({
    path: `/consents/${gone.consent}/withdrawal`,
    body: { channel: 'web' },
  }),
  '/consents/{consent}/expiry': ({ gone }) => ({ path: `/consents/${gone.consent}/expiry`, body: { channel: 'web' } }),
  '/sessions/{session}/trainers': ({ gone }) => ({
    path: `/sessions/${gone.session}/trainers`,
    body: { person: gone.person, role: 'lead' },
  }),
  '/enrolments': ({ gone }) => ({
    path: '/enrolments',
    body: { person: gone.person, course: gone.course, traineeKind: 'employee' },
  }),
  '/enrolments/{enrolment}/approval': ({ gone }) => ofEnrolment(gone, 'approval', { by: 'direction' }),
  '/enrolments/{enrolment}/suspension': ({ gone }) => ofEnrolment(gone, 'suspension', {}),
  '/enrolments/{enrolment}/resumption': ({ gone }) => ofEnrolment(gone, 'resumption', {}),
  '/enrolments/{enrolment}/cancellation': ({ gone }) => ofEnrolment(gone, 'cancellation', {}),
  '/enrolments/{enrolment}/withdrawal': ({ gone }) => ofEnrolment(gone, 'withdrawal', {}),
  '/enrolments/{enrolment}/no-show': ({ gone }) => ofEnrolment(gone, 'no-show', {}),
  '/enrolments/{enrolment}/completion': ({ gone }) => ofEnrolment(gone, 'completion', { outcome: 'completed' }),
  '/enrolments/{enrolment}/invoices': ({ gone }) => ofEnrolment(gone, 'invoices', { invoice: gone.invoice }),
  '/enrolments/{enrolment}/realised-hours': ({ gone }) => ofEnrolment(gone, 'realised-hours', { hours: 7 }),
  '/enrolments/{enrolment}/transfer': ({ gone }) => ofEnrolment(gone, 'transfer', { session: gone.session }),
  '/enrolments/{enrolment}/offer/answer': ({ gone }) => ofEnrolment(gone, 'offer/answer', { answer: 'accepted' }),
  '/enrolments/{enrolment}/module-openings': ({ gone }) => ofEnrolment(gone, 'module-openings', { module: 'm2' }),
  '/enrolments/{enrolment}/module-starts': ({ gone }) => ofEnrolment(gone, 'module-starts', { module: 'm2' }),
  '/enrolments/{enrolment}/module-completions': ({ gone }) => ofEnrolment(gone, 'module-completions', { module: 'm2' }),
  '/enrolments/{enrolment}/time-records': ({ gone }) =>
    ofEnrolment(gone, 'time-records', { module: 'm1', seconds: 60 }),
  '/enrolments/{enrolment}/resume-points': ({ gone }) =>
    ofEnrolment(gone, 'resume-points', { module: 'm1', point: 'p' }),
  '/enrolments/{enrolment}/submissions': ({ gone }) => ofEnrolment(gone, 'submissions', { assessment: 'quiz' }),
  '/enrolments/{enrolment}/grades': ({ gone }) => ofEnrolment(gone, 'grades', { assessment: 'quiz', score: 5 }),
  '/enrolments/{enrolment}/presences': ({ gone }) => ofEnrolment(gone, 'presences', at),
  '/enrolments/{enrolment}/corrections': ({ gone, stays, events }) =>
    ofEnrolment(stays, 'corrections', { ...said, event: events.enrolment, author: gone.person }),
  '/enrolments/{enrolment}/learning-corrections': ({ gone, stays, events }) =>
    ofEnrolment(stays, 'learning-corrections', { ...said, event: events.time, author: gone.person }),
  '/enrolments/{enrolment}/presence-corrections': ({ gone, stays, events }) =>
    ofEnrolment(stays, 'presence-corrections', { ...said, event: events.presence, author: gone.person }),
  '/enrolments/{enrolment}/parked-decisions': ({ gone }) =>
    ofEnrolment(gone, 'parked-decisions', { fact: '1'.repeat(32), accepted: true }),
  '/enrolments/{enrolment}/parked-presence-decisions': ({ gone }) =>
    ofEnrolment(gone, 'parked-presence-decisions', { presence: '1'.repeat(32), accepted: true }),
  '/invoices': ({ gone }) => ({ path: '/invoices', body: { ...invoice, person: gone.person } }),
  '/invoices/{invoice}/corrections': ({ gone, stays, events }) => ({
    path: `/invoices/${stays.invoice}/corrections`,
    body: { ...said, event: events.invoice, author: gone.person },
  }),
};

/** Of these the rules have a reason of their own to refuse while the record can still be read; nothing is sealed either. */
const ruled: { readonly [route: string]: string } = {
  '/persons/{person}/erasures': 'erasure-decided',
  '/consents/{consent}/expiry': 'consent-does-not-expire',
  '/enrolments/{enrolment}/approval': 'enrolment-approved-already',
  '/enrolments/{enrolment}/resumption': 'enrolment-not-suspended',
  '/enrolments/{enrolment}/invoices': 'invoice-linked-already',
  '/enrolments/{enrolment}/transfer': 'same-session',
  '/enrolments/{enrolment}/offer/answer': 'no-place-offered',
  '/enrolments/{enrolment}/parked-decisions': 'fact-not-parked',
  '/enrolments/{enrolment}/parked-presence-decisions': 'fact-not-parked',
};

/** They name a person and go on: what is kept beside an erasure does. Or they are told what became of each of many. */
const others = [
  '/invoices/{invoice}/payments',
  '/invoices/{invoice}/credit-notes',
  '/persons/batch',
  '/enrolments/batch',
  '/progress/batch',
  '/results/batch',
];

const ofPerson = ({ person }: Story, path: string, body: object): Attempt => ({
  path: `/persons/${person}/${path}`,
  body,
});
const ofEnrolment = ({ enrolment }: Story, path: string, body: object): Attempt => ({
  path: `/enrolments/${enrolment}/${path}`,
  body,
});

describe.each(['being erased', 'erased'] as const)('anything new about a person who is %s', (state) => {
  let server: TestServer;
  let known: Known;

  beforeAll(async () => {
    server = await startTestServer();
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    const gone = await tellStory(server, 'Gone', { course, session });
    const stays = await tellStory(server, 'Stays', { course, session });
    const sent = await send({ ...ofPerson(gone, `documents?${aDocument}`, {}), document: true });
    known = { gone, stays, document: sent.body.id as string, events: await eventsOf(stays) };
    if (state === 'erased') await erased(server, gone.person);
    else await fence(gone.person);
  });
  afterAll(() => server.close());

  const send = ({ path, body, document }: Attempt) =>
    document
      ? server.http().post(`/v1/organisations/mira${path}`).set('content-type', 'text/plain').send('contenu')
      : server.post(path, body);

  async function eventsOf({ person }: Story): Promise<Known['events']> {
    const { body } = await server.get(`/persons/${person}/replay`).expect(200);
    const events = body.events as { type: string; id: string }[];
    const of = (type: string): string => events.find((event) => event.type === type)?.id ?? 'none';
    return {
      presence: of('presence-recorded'),
      time: of('time-recorded'),
      enrolment: of('invoice-linked'),
      invoice: of('payment-recorded'),
    };
  }

  /** Stops right after the fence. */
  async function fence(person: string): Promise<void> {
    const participants = server.app.get(Participants, { strict: false });
    jest.spyOn(participants, 'release').mockRejectedValue(new Error('not yet'));
    const erasure = await decideErasure(server, person);
    await until(async () => (await server.get(`/erasures/${erasure}`)).body.state === 'fenced');
  }

  it.each(Object.keys(commands))('%s is refused, with its reason', async (route) => {
    const before = await server.platform.store.head('mira');
    const answer = await send((commands[route] as (known: Known) => Attempt)(known));
    const { code, detail } = answer.body as { code: string; detail: string };
    if (code !== ruled[route]) {
      expect([answer.status, code, detail]).toEqual([
        answer.status === 410 ? 410 : 409,
        expect.stringMatching(/^(person-)?erased$|^unit-ended$/),
        expect.stringMatching(/erased|ended/),
      ]);
    }
    expect(await server.platform.store.head('mira')).toBe(before);
  });

  it('is all that can be sent: no command that names a person is missing above', () => {
    const { paths, components } = openApi(server.app);
    const missing = Object.entries(paths).flatMap(([path, { post }]) => {
      const route = path.replace(base, '');
      if (!post || others.includes(route) || commands[route]) return [];
      const content = (post.requestBody as { content?: Record<string, { schema?: { $ref?: string } }> })?.content;
      const name = content?.['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
      const schema = components?.schemas?.[name] as { properties?: object } | undefined;
      const names = ['person', 'into', 'author'].some((member) => member in (schema?.properties ?? {}));
      return names || /\{(person|enrolment|consent|invoice|document)\}/.test(path) ? [route] : [];
    });
    expect(missing).toEqual([]);
  });

  it('leaves room for somebody of the same name', async () => {
    expect(await registerLearner(server, 'Gone')).toMatch(/^[0-9a-f]{32}$/);
  });
});
