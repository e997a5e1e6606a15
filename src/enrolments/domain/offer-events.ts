import {
  defineEvent,
  id,
  instant,
  oneOf,
  optional,
  text,
  type EventOf,
  type Fields,
  type OpenedOf,
} from '@ardoise/sealing';

export const offerDecisions = ['accepted', 'declined', 'lapsed', 'withdrawn'] as const;
export const offerSteps = [
  'confirm-seat',
  'confirm-enrolment',
  'take-seat-back',
  'ask-again',
  'give-seat-back',
  'lapse-seat',
  'end-enrolment',
] as const;

export type OfferDecision = (typeof offerDecisions)[number];
export type OfferStepName = (typeof offerSteps)[number];

/** All of it is said of the learner, how it came out above all. */
function learner<F extends Fields>(
  fields: F,
): { readonly learner: { readonly category: 'enrolment'; readonly fields: F } } {
  return { learner: { category: 'enrolment', fields } };
}

/** A place came free, is held for somebody who waited, and they are asked whether they take it. */
export const placeOffered = defineEvent({
  type: 'place-offered',
  schema: 1,
  stream: 'offer',
  facts: {},
  sections: learner({ enrolment: id(), session: id(), seat: id(), answerBy: instant() }),
});

/** What became of the question: whoever was asked answered, nobody did in time, or it has no object any more. */
export const offerDecided = defineEvent({
  type: 'offer-decided',
  schema: 1,
  stream: 'offer',
  facts: {},
  sections: learner({ decision: oneOf(offerDecisions) }),
});

/** What became of one step that followed. */
export const offerStepTaken = defineEvent({
  type: 'offer-step-taken',
  schema: 1,
  stream: 'offer',
  facts: {},
  sections: learner({
    step: oneOf(offerSteps),
    outcome: oneOf(['done', 'refused']),
    /** Of the rule that refused it. */
    code: optional(text(100)),
  }),
});

export const offerEvents = [placeOffered, offerDecided, offerStepTaken] as const;

export type OfferEvent = EventOf<(typeof offerEvents)[number]>;
export type OfferOpened = OpenedOf<(typeof offerEvents)[number]>;
