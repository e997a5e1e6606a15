import {
  defineEvent,
  flag,
  id,
  instant,
  integer,
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
import { standings } from '../../platform/late-facts';

/** A day has no more. */
export const mostSeconds = 86_400;

const place = { enrolment: id(), course: id() };
const standing = oneOf(standings);
const ofModule = { ...place, module: text(64), resource: optional(text(200)), standing };
const ofAttempt = { ...place, assessment: text(64), attempt: id(), standing };
const author = { author: { category: 'staff', fields: {}, optional: true } } as const;

/** The learner's part of an event, all of it under the one unit of the learning stream. */
function learner<const F extends Fields>(fields: F) {
  return { learner: { category: 'learning', fields } } as const;
}

const learningEvent = <const T extends string, const F extends Fields>(type: T, fields: F) =>
  defineEvent({ type, schema: 1, stream: 'learning', facts: {}, sections: learner(fields) });

/** A module, or a resource of it, was looked at (MVX-03). */
export const moduleOpened = learningEvent('module-opened', ofModule);
export const moduleStarted = learningEvent('module-started', ofModule);
export const moduleCompleted = learningEvent('module-completed', ofModule);

/** Time spent on a module or a resource of it (MVX-03). */
export const timeRecorded = learningEvent('time-recorded', { ...ofModule, seconds: integer(1, mostSeconds) });

/** Where the learner stopped; `point` is the frontend's own word for the place (MVX-07). */
export const resumePointRecorded = learningEvent('resume-point-recorded', { ...ofModule, point: text(500) });

export const attemptSubmitted = learningEvent('attempt-submitted', ofAttempt);

export const attemptGraded = learningEvent('attempt-graded', {
  ...ofAttempt,
  score: number(),
  /** Highest score of the assessment when it was graded. */
  maximum: number(),
  /** Whether the score reached the pass mark of that time. */
  passed: flag(),
  /** When it was handed in, as far as that is known: the standing is judged there, not at the grading. */
  submittedAt: optional(instant()),
});

const resultType = record({
  annulled: flag(),
  counted: flag(),
  module: optional(text(64)),
  seconds: optional(integer(1, mostSeconds)),
  score: optional(number()),
  passed: optional(flag()),
});

/** What a fact says after all of its corrections. */
export type FactResult = ValueOf<typeof resultType>;

/** An earlier event was wrong. The result is said whole, so that readers need not remember the events before it. */
export const learningCorrected = defineEvent({
  type: 'learning-corrected',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: {
    ...learner({
      corrects: id(),
      action: oneOf(correctionActions),
      module: optional(text(64)),
      seconds: optional(integer(1, mostSeconds)),
      score: optional(number()),
      passed: optional(flag()),
      reason: text(1000),
      /** The fact that it comes to, where `corrects` names a correction of it. */
      fact: id(),
      result: resultType,
    }),
    ...author,
  },
});

/** Somebody says whether a fact counts that happened outside the enrolment's time (invariant 14). */
export const parkedFactDecided = defineEvent({
  type: 'parked-fact-decided',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { ...learner({ fact: id(), accepted: flag(), reason: optional(text(1000)) }), ...author },
});

/** All modules are done and every final exam is passed, by facts that count. */
export const learningFinished = learningEvent('learning-finished', place);

export const learningEvents = [
  moduleOpened,
  moduleStarted,
  moduleCompleted,
  timeRecorded,
  resumePointRecorded,
  attemptSubmitted,
  attemptGraded,
  learningCorrected,
  parkedFactDecided,
  learningFinished,
] as const;

export type LearningEvent = EventOf<(typeof learningEvents)[number]>;
export type LearningOpened = OpenedOf<(typeof learningEvents)[number]>;
