import { conflict, invalid } from '@ardoise/decider';
import type { Assessment } from '../../courses/domain/events';
import { standingOf, type Standing } from '../../platform/late-facts';
import type { Circumstances } from './commands';
import type { LearningEvent } from './events';

type FieldsOf<T extends LearningEvent['type']> = Extract<
  LearningEvent,
  { readonly type: T }
>['sections']['learner']['fields'];

/** An event about the enrolment's learner; `author` is the person who said it, where a decision or correction is signed. */
export function said<T extends LearningEvent['type']>(
  type: T,
  { enrolment: { person } }: Circumstances,
  occurredAt: string,
  fields: FieldsOf<T>,
  author?: string,
): LearningEvent {
  const signed = author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } };
  return { type, facts: {}, sections: { learner: { person, occurredAt, fields }, ...signed } } as LearningEvent;
}

export function placeOf({ enrolment: { id, course } }: Circumstances): { enrolment: string; course: string } {
  return { enrolment: id, course };
}

/** @throws Refusal `enrolment-not-confirmed`: nobody learns on a place that they do not have */
export function standingNow({ enrolment }: Circumstances, occurredAt: string): Standing {
  if (!enrolment.confirmed) {
    throw conflict('enrolment-not-confirmed', 'the enrolment is not confirmed: nothing can be learned under it yet');
  }
  return standingOf(enrolment, occurredAt);
}

/** @throws Refusal `module-unknown` */
export function checkModule({ definition: { modules } }: Circumstances, module: string): void {
  if (modules.some(({ key }) => key === module)) return;
  throw invalid('module-unknown', 'must be the key of a module of the course', '/module');
}

/** @throws Refusal `assessment-unknown` */
export function assessmentOf({ definition: { assessments } }: Circumstances, assessment: string): Assessment {
  const found = assessments.find(({ key }) => key === assessment);
  if (!found) throw invalid('assessment-unknown', 'must be the key of an assessment of the course', '/assessment');
  return found;
}

/** @throws Refusal `score-above-maximum` */
export function checkScore(score: number, maximum: number): void {
  if (score > maximum) throw invalid('score-above-maximum', `must be at most ${maximum}`, '/score');
}
