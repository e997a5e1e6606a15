import { erased, given, givenId } from '@ardoise/given';
import { enrolment, type EnrolmentCommand, type EnrolmentRequest } from './enrolment';
import type { EnrolmentEvent, Outcome } from './events';

const person = 'a'.repeat(32);
const course = 'c'.repeat(32);
const session = '5'.repeat(32);
const other = '6'.repeat(32);
const seat = 'd'.repeat(32);
const occurredAt = '2026-01-05T09:00:00.000Z';
const details: Omit<EnrolmentRequest, 'confirmed'> = {
  person,
  course,
  session,
  traineeKind: 'employee',
  funders: [
    { kind: 'employer', share: 6_000 },
    { kind: 'opco', share: 4_000, reference: 'D-1' },
  ],
  plannedHours: 14,
};

function said<T extends EnrolmentEvent['type']>(type: T, fields: object): EnrolmentEvent {
  return { type, facts: {}, sections: { learner: { person, occurredAt, fields } } } as unknown as EnrolmentEvent;
}

const { person: _, ...requestFields } = details;
const requested = said('enrolment-requested', requestFields);
const approved = said('enrolment-approved', { by: 'staff' });
const assigned = said('seat-assigned', { seat, session });
const confirmed = said('enrolment-decided', { decision: 'confirmed', by: 'rule' });
const waiting = said('enrolment-decided', { decision: 'waiting', by: 'rule' });
const refused = said('enrolment-decided', { decision: 'refused', by: 'rule' });
const suspended = said('enrolment-standing-changed', { standing: 'suspended' });
const ended = (outcome: Outcome): EnrolmentEvent => said('enrolment-ended', { outcome, endedOn: '2026-01-05' });
const moved = said('enrolment-moved', { session: other });
const hours = (count: number): EnrolmentEvent => said('realised-hours-recorded', { hours: count });

const end = (outcome: Outcome): EnrolmentCommand => ({ type: 'end', outcome, endedOn: '2026-01-05' });
const decide = (decision: 'confirmed' | 'waiting' | 'refused', of = session): EnrolmentCommand => ({
  type: 'decide',
  decision,
  session: of,
  by: 'rule',
});
const taken = [requested, approved, assigned, confirmed];

describe('enrolment', () => {
  it('is requested once', () => {
    given(enrolment)
      .when({ type: 'request', request: { ...details, confirmed: false } })
      .then(requested);
    given(enrolment, requested)
      .when({ type: 'request', request: { ...details, confirmed: false } })
      .thenRefused('enrolment-exists');
    given(enrolment).when(end('withdrawn')).thenRefused('enrolment-not-found');
  });

  it('is recorded as confirmed at once where it lies in the past', () => {
    given(enrolment)
      .when({ type: 'request', request: { ...details, confirmed: true } })
      .then(requested, said('enrolment-decided', { decision: 'confirmed', by: 'staff' }));
  });

  it('has funders whose shares make the whole, or none', () => {
    const request = { ...details, confirmed: false, funders: [{ kind: 'cpf', share: 9_999 } as const] };
    given(enrolment).when({ type: 'request', request }).thenRefused('shares-not-whole');
    expect(
      enrolment.decide({ type: 'request', request: { ...request, funders: [] } }, { erased: false }, moment),
    ).toHaveLength(1);
  });

  it('is approved, gets its seat and is decided', () => {
    given(enrolment, requested).when({ type: 'approve', by: 'staff' }).then(approved);
    given(enrolment, requested, approved).when({ type: 'assign-seat', seat, session }).then(assigned);
    given(enrolment, requested, approved, assigned).when(decide('confirmed')).then(confirmed);
    given(enrolment, requested, approved, assigned).when(decide('waiting')).then(waiting);
    given(enrolment, requested, approved, assigned, waiting).when(decide('confirmed')).then(confirmed);
    given(enrolment, requested, approved).when(decide('refused')).then(refused);
  });

  it('changes nothing when a step of the process is done again', () => {
    given(enrolment, ...taken)
      .when({ type: 'assign-seat', seat, session })
      .thenNothing();
    given(enrolment, ...taken)
      .when(decide('confirmed'))
      .thenNothing();
    given(enrolment, ...taken)
      .when(decide('waiting'))
      .thenNothing();
    given(enrolment, requested, approved, assigned, waiting).when(decide('waiting')).thenNothing();
    given(enrolment, ...taken, suspended)
      .when(decide('confirmed'))
      .thenNothing();
  });

  it('wants no seat once it has ended or been transferred', () => {
    given(enrolment, requested, approved, ended('withdrawn'))
      .when({ type: 'assign-seat', seat, session })
      .thenRefused('seat-not-wanted');
    given(enrolment, requested, approved, ended('withdrawn')).when(decide('confirmed')).thenRefused('seat-not-wanted');
    given(enrolment, requested, approved, moved)
      .when({ type: 'assign-seat', seat, session })
      .thenRefused('seat-not-wanted');
    given(enrolment, requested, approved, moved).when(decide('confirmed')).thenRefused('seat-not-wanted');
    given(enrolment, requested).when(decide('confirmed')).thenRefused('seat-not-wanted');
  });

  it('loses its seat when it is transferred, and is decided anew', () => {
    given(enrolment, ...taken)
      .when({ type: 'move', session: other })
      .then(moved);
    const { known } = given(enrolment, ...taken, moved).state();
    expect(known).toMatchObject({ state: 'approved', session: other });
    expect(known?.seat).toBeUndefined();
    given(enrolment, ...taken)
      .when({ type: 'move', session })
      .thenRefused('same-session');
  });

  const command: { readonly [act: string]: EnrolmentCommand } = {
    approve: { type: 'approve', by: 'staff' },
    suspend: { type: 'change-standing', act: 'suspend' },
    resume: { type: 'change-standing', act: 'resume' },
    move: { type: 'move', session: other },
    hours: { type: 'record-hours', hours: 7 },
    complete: end('completed'),
    'no-show': end('no-show'),
    withdraw: end('withdrawn'),
  };
  const requestedOnly = [requested];
  const inQueue = [requested, approved, assigned, waiting];
  const paused = [...taken, suspended];
  const withdrawn = [...taken, ended('withdrawn')];
  it.each([
    ['approve', taken, 'enrolment-approved-already'],
    ['approve', withdrawn, 'enrolment-ended'],
    ['suspend', inQueue, 'enrolment-not-confirmed'],
    ['suspend', paused, 'enrolment-not-confirmed'],
    ['resume', taken, 'enrolment-not-suspended'],
    ['move', requestedOnly, 'enrolment-not-transferable'],
    ['move', paused, 'enrolment-not-transferable'],
    ['hours', inQueue, 'enrolment-not-confirmed'],
    ['complete', inQueue, 'enrolment-not-confirmed'],
    ['no-show', paused, 'enrolment-not-confirmed'],
    ['withdraw', withdrawn, 'enrolment-ended'],
    ['complete', [requested, approved, refused], 'enrolment-ended'],
  ])('refuses to %s where that cannot follow', (act, events, code) => {
    given(enrolment, ...events)
      .when(command[act] as EnrolmentCommand)
      .thenRefused(code);
  });

  it('is suspended and resumed, and completed from either', () => {
    given(enrolment, ...taken)
      .when({ type: 'change-standing', act: 'suspend' })
      .then(suspended);
    const resumed = said('enrolment-standing-changed', { standing: 'resumed' });
    given(enrolment, ...paused)
      .when({ type: 'change-standing', act: 'resume' })
      .then(resumed);
    given(enrolment, ...paused)
      .when(end('completed'))
      .then(ended('completed'));
    given(enrolment, ...taken)
      .when(end('failed'))
      .then(ended('failed'));
  });

  it('links an invoice once', () => {
    const linked = said('invoice-linked', { invoice: seat });
    given(enrolment, requested).when({ type: 'link-invoice', invoice: seat }).then(linked);
    given(enrolment, requested, linked)
      .when({ type: 'link-invoice', invoice: seat })
      .thenRefused('invoice-linked-already');
  });

  it('folds without its keys, and then records nothing more', () => {
    const gone = given(enrolment, ...taken.map((event) => erased(event) as EnrolmentEvent));
    expect(gone.state()).toEqual({ erased: true });
    gone.when(end('withdrawn')).thenRefused('erased');
  });
});

const moment = { now: occurredAt, occurredAt };

describe('a correction of an enrolment', () => {
  const correct = (index: number, action: 'corrected' | 'annulled', changes: object = {}): EnrolmentCommand => ({
    type: 'correct',
    correction: { corrects: givenId(index), action, changes, reason: 'erreur de saisie' },
  });
  const reopen = (...events: EnrolmentEvent[]): EnrolmentEvent =>
    enrolment.decide(
      correct(events.length - 1, 'annulled'),
      given(enrolment, ...events).state(),
      moment,
    )[0] as EnrolmentEvent;

  it('changes what a fact said, and says what is true afterwards', () => {
    given(enrolment, ...taken, hours(7))
      .when(correct(4, 'corrected', { hours: 8 }))
      .thenLike({
        type: 'enrolment-corrected',
        sections: { learner: { fields: { hours: 8, afterwards: { state: 'confirmed', realisedHours: 8 } } } },
      });
    const after = given(enrolment, ...taken, hours(7))
      .when(correct(4, 'annulled'))
      .state();
    expect(after.known?.realisedHours).toBeUndefined();
  });

  it('changes the outcome of an end', () => {
    const { known } = given(enrolment, ...taken, ended('failed'))
      .when(correct(4, 'corrected', { outcome: 'completed' }))
      .state();
    expect(known).toMatchObject({ state: 'completed', outcome: 'completed', endedOn: '2026-01-05', seat });
  });

  it('opens an enrolment again when its end is annulled: the seat it gave back is decided anew', () => {
    const history = [...taken, ended('withdrawn')];
    const { known } = given(enrolment, ...history)
      .when(correct(4, 'annulled'))
      .state();
    expect(known).toMatchObject({ state: 'approved', session });
    expect(known?.outcome).toBeUndefined();
    expect(known?.seat).toBeUndefined();
  });

  it('may itself be corrected: an annulment that was wrong ends the enrolment again', () => {
    const history = [...taken, ended('withdrawn')];
    const { known } = given(enrolment, ...history, reopen(...history))
      .when(correct(5, 'annulled'))
      .state();
    expect(known).toMatchObject({ state: 'withdrawn', outcome: 'withdrawn', endedOn: '2026-01-05' });
  });

  it('is of the end that stands, not of one before', () => {
    const history = [...taken, ended('withdrawn')];
    given(enrolment, ...history, reopen(...history), confirmed, ended('completed'))
      .when(correct(4, 'corrected', { outcome: 'failed' }))
      .thenRefused('later-end-stands');
  });

  it('names its author in a section of its own', () => {
    const author = 'e'.repeat(32);
    given(enrolment, ...taken, hours(7))
      .when({
        type: 'correct',
        correction: { corrects: givenId(4), action: 'annulled', changes: {}, reason: 'x', author },
      })
      .thenLike({ sections: { author: { person: author, fields: {} } } });
  });

  it.each([
    ['an event that is not there', 9, 'annulled', {}, 'event-not-correctable'],
    ['an event that is changed otherwise', 1, 'annulled', {}, 'event-not-correctable'],
    ['the annulment of a request', 0, 'annulled', {}, 'request-not-annullable'],
    ['an annulment with changes', 4, 'annulled', { hours: 1 }, 'annulled-without-changes'],
    ['a correction without changes', 4, 'corrected', {}, 'nothing-changed'],
    ['what the event does not say', 4, 'corrected', { outcome: 'failed' }, 'change-does-not-apply'],
    ['shares that are not the whole', 0, 'corrected', { funders: [{ kind: 'self', share: 1 }] }, 'shares-not-whole'],
  ] as const)('is refused for %s', (_what, index, action, changes, code) => {
    given(enrolment, ...taken, hours(7))
      .when(correct(index, action, changes))
      .thenRefused(code);
  });
});
