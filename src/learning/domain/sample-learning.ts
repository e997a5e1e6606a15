import type { CourseDefinition } from '../../courses/domain/events';
import type { Circumstances } from './commands';
import type { LearningEvent } from './events';

/** For specs: one enrolment in a course of two modules, a quiz and a final exam. */
export const enrolment = 'e'.repeat(32);
export const course = 'c'.repeat(32);
export const person = 'a'.repeat(32);
export const trainer = 'b'.repeat(32);
export const attempt = 'd'.repeat(32);

export const definition: CourseDefinition = {
  title: 'Premiers secours',
  modality: 'mixed',
  plannedHours: 14,
  modules: [
    { key: 'm1', title: 'Protéger' },
    { key: 'm2', title: 'Alerter' },
  ],
  assessments: [
    { key: 'quiz', title: 'Quiz', kind: 'quiz', maximumScore: 10, passMark: 5 },
    { key: 'exam', title: 'Examen', kind: 'final-exam', maximumScore: 20, passMark: 10 },
  ],
  completionRule: 'achieved',
};

export const open: Circumstances = {
  enrolment: { id: enrolment, person, course, confirmed: true, requestedAt: '2026-01-01T08:00:00.000Z' },
  definition,
};

export const ended: Circumstances = {
  ...open,
  enrolment: { ...open.enrolment, endedAt: '2026-03-01T08:00:00.000Z' },
};

const place = { enrolment, course };

function learner<F extends object>(fields: F, occurredAt: string) {
  return { learner: { person, occurredAt, fields: { ...place, ...fields } } };
}

const nine = '2026-01-05T09:00:00.000Z';

export function moduleFact(
  type: 'module-opened' | 'module-started' | 'module-completed',
  module: string,
  { standing = 'regular', occurredAt = nine }: { standing?: 'regular' | 'late' | 'parked'; occurredAt?: string } = {},
): LearningEvent {
  return { type, facts: {}, sections: learner({ module, standing }, occurredAt) };
}

export function time(module: string, seconds: number): LearningEvent {
  return { type: 'time-recorded', facts: {}, sections: learner({ module, seconds, standing: 'regular' }, nine) };
}

export function submitted(assessment: string, of = attempt): LearningEvent {
  const fields = { assessment, attempt: of, standing: 'regular' as const };
  return { type: 'attempt-submitted', facts: {}, sections: learner(fields, nine) };
}

export function graded(assessment: string, score: number, of = attempt): LearningEvent {
  const { maximumScore: maximum, passMark } = definition.assessments.find(({ key }) => key === assessment)!;
  const passed = score >= passMark;
  const fields = { assessment, attempt: of, score, maximum, passed, standing: 'regular' as const };
  return { type: 'attempt-graded', facts: {}, sections: learner(fields, nine) };
}

export const finished: LearningEvent = { type: 'learning-finished', facts: {}, sections: learner({}, nine) };
