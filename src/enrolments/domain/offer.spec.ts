import { processDecider } from '@ardoise/decider';
import { given } from '@ardoise/given';
import { offer, type OfferTold } from './offer';
import type { OfferDecision, OfferEvent, OfferStepName } from './offer-events';

const person = 'd'.repeat(32);
const place = {
  enrolment: 'e'.repeat(32),
  session: 'a'.repeat(32),
  seat: 'b'.repeat(32),
  answerBy: '2026-01-07T09:00:00.000Z',
};
const decider = processDecider(offer);
const occurredAt = '2026-01-05T09:00:00.000Z';
const event = (type: OfferEvent['type'], fields: object): OfferEvent =>
  ({ type, facts: {}, sections: { learner: { person, occurredAt, fields } } }) as unknown as OfferEvent;
const offered = event('place-offered', place);
const decided = (decision: OfferDecision) => event('offer-decided', { decision });
const took = (step: OfferStepName, code?: string) =>
  event('offer-step-taken', { step, outcome: code === undefined ? 'done' : 'refused', ...(code ? { code } : {}) });
const wants = (...events: OfferEvent[]) => offer.wants(given(decider, ...events).state().state);
const stepAfter = (...events: OfferEvent[]) => wants(...events).step?.name;
const told = (one: OfferTold) => ({ kind: 'told', told: one }) as const;
const timer = { kind: 'timer', timer: { name: 'answer', dueAt: place.answerBy } } as const;

describe('an offered place', () => {
  it('waits for an answer until its time is over', () => {
    given(decider)
      .when(told({ type: 'offer', person, offer: place }))
      .then(offered);
    expect(wants(offered)).toEqual({ timers: [{ name: 'answer', dueAt: place.answerBy }] });
    given(decider, offered).when(timer).thenNothing();
    given(decider, offered)
      .when(timer, { now: place.answerBy })
      .thenLike({ type: 'offer-decided', sections: { learner: { fields: { decision: 'lapsed' } } } });
    given(decider, offered)
      .when(told({ type: 'answer', answer: 'accepted' }), { now: place.answerBy })
      .thenRefused('offer-over');
  });

  it('accepted: the seat is confirmed, then the enrolment', () => {
    given(decider, offered)
      .when(told({ type: 'answer', answer: 'accepted' }))
      .then(decided('accepted'));
    const accepted = [offered, decided('accepted')];
    expect(wants(...accepted)).toEqual({ step: { name: 'confirm-seat', decision: 'accepted', ...place } });
    expect(stepAfter(...accepted, took('confirm-seat'))).toBe('confirm-enrolment');
    expect(wants(...accepted, took('confirm-seat'), took('confirm-enrolment'))).toEqual({});
  });

  it('accepted for an enrolment that has ended since: the seat is taken back', () => {
    const late = [offered, decided('accepted'), took('confirm-seat'), took('confirm-enrolment', 'seat-not-wanted')];
    expect(stepAfter(...late)).toBe('take-seat-back');
    expect(wants(...late, took('take-seat-back'))).toEqual({});
  });

  it('accepted while the seat lapsed: a seat is asked for again', () => {
    const late = [offered, decided('accepted'), took('confirm-seat', 'seat-not-held')];
    expect(stepAfter(...late)).toBe('ask-again');
    expect(wants(...late, took('ask-again'))).toEqual({});
  });

  it.each([
    ['declined', 'give-seat-back'],
    ['lapsed', 'lapse-seat'],
  ] as const)('%s: the seat goes to the next, and the enrolment ends', (decision, step) => {
    expect(stepAfter(offered, decided(decision))).toBe(step);
    expect(stepAfter(offered, decided(decision), took(step))).toBe('end-enrolment');
    expect(wants(offered, decided(decision), took(step), took('end-enrolment', 'enrolment-ended'))).toEqual({});
  });

  it('has no object any more when the enrolment does not wait in that session', () => {
    given(decider, offered)
      .when(told({ type: 'waits', session: place.session }))
      .thenNothing();
    given(decider, offered)
      .when(told({ type: 'waits' }))
      .then(decided('withdrawn'));
    expect(wants(offered, decided('withdrawn'))).toEqual({});
    given(decider, offered, decided('withdrawn'))
      .when(told({ type: 'waits' }))
      .thenNothing();
  });

  it('is not made twice, and another is once it is over', () => {
    const again = told({ type: 'offer', person, offer: place });
    const other = { ...place, answerBy: '2026-02-07T09:00:00.000Z' };
    given(decider, offered).when(again).thenNothing();
    given(decider, offered, decided('withdrawn')).when(again).thenNothing();
    given(decider, offered, decided('withdrawn'))
      .when(told({ type: 'offer', person, offer: other }))
      .then(event('place-offered', other));
    given(decider, offered, decided('accepted'))
      .when(told({ type: 'offer', person, offer: other }))
      .thenNothing();
    given(decider)
      .when(told({ type: 'answer', answer: 'accepted' }))
      .thenRefused('no-place-offered');
  });

  it('wants nothing once it is erased', () => {
    const gone = { ...offered, sections: {} } as unknown as OfferEvent;
    expect(wants(gone)).toEqual({});
    given(decider, gone)
      .when(told({ type: 'offer', person, offer: place }))
      .thenNothing();
  });
});
