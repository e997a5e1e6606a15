import type { CourseDefinition } from '../../courses/queries/course-catalogue';
import type { SessionOutline } from '../../sessions/queries/session-calendar';
import { dayAt } from './calendar';
import type { Presentation } from './plan';

type Assessment = Presentation['assessments'][number];

const maximumScore = 100;
/** The least score that passes, as the description of the data set says. */
const passMark = 40;

/** A module of the university in one presentation, as a course that somebody declares completed. */
export function courseOf({ name, start, assessments }: Presentation): CourseDefinition {
  return {
    title: titleOf(name),
    modality: 'remote',
    plannedHours: 0,
    modules: [],
    assessments: assessments.map((assessment) => ({
      key: assessment.id,
      title: assessmentTitle(assessment, start),
      kind: assessment.type === 'Exam' ? 'final-exam' : 'quiz',
      maximumScore,
      passMark,
    })),
    completionRule: 'declared',
  };
}

export function sessionOf({ name, start, days }: Presentation, course: string): SessionOutline {
  return { course, title: titleOf(name), startsOn: start, endsOn: dayAt(start, days), modality: 'remote' };
}

const titleOf = (name: string): string => `Open University ${name.slice(0, 3)}, ${name.slice(4)}`;

function assessmentTitle({ id, type, due, weight }: Assessment, start: string): string {
  const dueOn = due === undefined ? '' : `, due ${dayAt(start, due)}`;
  return `${type} ${id}${dueOn}, weight ${weight} %`;
}
