import {
  day,
  defineEvent,
  id,
  integer,
  list,
  number,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type Fields,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';
import { correctionActions } from '../../platform/corrections';

/** Kinds of trainee as the yearly bilan pédagogique et financier counts them (Code du travail, L.6352-11). */
export const traineeKinds = ['employee', 'apprentice', 'job-seeker', 'individual', 'other'] as const;
export const funderKinds = ['self', 'employer', 'opco', 'cpf', 'france-travail', 'region', 'state', 'other'] as const;
export const decisions = ['confirmed', 'waiting', 'refused'] as const;
export const standings = ['suspended', 'resumed'] as const;
export const outcomes = ['completed', 'failed', 'withdrawn', 'cancelled', 'no-show'] as const;
export const enrolmentStates = [
  'requested',
  'approved',
  'waiting',
  'confirmed',
  'suspended',
  'refused',
  ...outcomes,
] as const;

const funderType = record({
  kind: oneOf(funderKinds),
  /** Basis points; all shares together are 10,000. */
  share: integer(0, 10_000),
  /** Number of the funding file. */
  reference: optional(text(200)),
});

export type TraineeKind = (typeof traineeKinds)[number];
export type Funder = ValueOf<typeof funderType>;
export type Decision = (typeof decisions)[number];
export type Outcome = (typeof outcomes)[number];
export type EnrolmentState = (typeof enrolmentStates)[number];

/** All of an enrolment is the learner's, in one unit: it ends as one. */
function learner<F extends Fields>(
  fields: F,
): { readonly learner: { readonly category: 'enrolment'; readonly fields: F } } {
  return { learner: { category: 'enrolment', fields } };
}

export const enrolmentRequested = defineEvent({
  type: 'enrolment-requested',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({
    course: id(),
    session: optional(id()),
    traineeKind: oneOf(traineeKinds),
    funders: list(funderType),
    plannedHours: optional(number()),
  }),
});

export const enrolmentApproved = defineEvent({
  type: 'enrolment-approved',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ by: text(100) }),
});

/** Sealed before the session confirms the seat, so that a confirmed seat always leads back to its enrolment. */
export const seatAssigned = defineEvent({
  type: 'seat-assigned',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ seat: id(), session: id() }),
});

export const enrolmentDecided = defineEvent({
  type: 'enrolment-decided',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ decision: oneOf(decisions), by: text(100) }),
});

export const enrolmentStandingChanged = defineEvent({
  type: 'enrolment-standing-changed',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ standing: oneOf(standings), reason: optional(text(1000)) }),
});

export const enrolmentMoved = defineEvent({
  type: 'enrolment-moved',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ session: id(), reason: optional(text(1000)) }),
});

export const realisedHoursRecorded = defineEvent({
  type: 'realised-hours-recorded',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({
    /** In all, not since the last time. */
    hours: number(),
  }),
});

export const enrolmentEnded = defineEvent({
  type: 'enrolment-ended',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ outcome: oneOf(outcomes), reason: optional(text(1000)), endedOn: day() }),
});

export const invoiceLinked = defineEvent({
  type: 'invoice-linked',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: learner({ invoice: id() }),
});

const afterwardsType = record({
  state: oneOf(enrolmentStates),
  traineeKind: oneOf(traineeKinds),
  funders: list(funderType),
  plannedHours: optional(number()),
  realisedHours: optional(number()),
  outcome: optional(oneOf(outcomes)),
  endedOn: optional(day()),
});

/** What the enrolment says once a correction is applied; a reader needs nothing of what came before. */
export type Afterwards = ValueOf<typeof afterwardsType>;

export const enrolmentCorrected = defineEvent({
  type: 'enrolment-corrected',
  schema: 1,
  stream: 'enrolment',
  facts: {},
  sections: {
    ...learner({
      corrects: id(),
      action: oneOf(correctionActions),
      traineeKind: optional(oneOf(traineeKinds)),
      funders: optional(list(funderType)),
      plannedHours: optional(number()),
      hours: optional(number()),
      outcome: optional(oneOf(outcomes)),
      endedOn: optional(day()),
      invoice: optional(id()),
      reason: text(1000),
      afterwards: afterwardsType,
    }),
    author: { category: 'staff', fields: {}, optional: true },
  },
});

export const enrolmentEvents = [
  enrolmentRequested,
  enrolmentApproved,
  seatAssigned,
  enrolmentDecided,
  enrolmentStandingChanged,
  enrolmentMoved,
  realisedHoursRecorded,
  enrolmentEnded,
  invoiceLinked,
  enrolmentCorrected,
] as const;

export type EnrolmentEvent = EventOf<(typeof enrolmentEvents)[number]>;
export type EnrolmentOpened = OpenedOf<(typeof enrolmentEvents)[number]>;
