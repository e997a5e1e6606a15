import { conflict, invalid, never, notFound, type Decider } from '@ardoise/decider';
import { courseEvents, type CourseDefinition, type CourseEvent, type CourseOpened } from './events';

export interface Course {
  /** Absent until the course is created. */
  readonly definition?: CourseDefinition;
}

export type CourseCommand =
  | { readonly type: 'create'; readonly definition: CourseDefinition }
  | { readonly type: 'revise'; readonly definition: CourseDefinition };

export const course: Decider<Course, CourseCommand, CourseEvent, CourseOpened> = {
  kind: 'course',
  events: courseEvents,

  initialState: () => ({}),

  evolve(_, event) {
    switch (event.type) {
      case 'course-created':
      case 'course-revised':
        return { definition: event.facts.definition };
      default:
        return never(event);
    }
  },

  decide(command, state) {
    checkDefinition(command.definition);
    switch (command.type) {
      case 'create':
        if (state.definition) throw conflict('course-exists', 'this course has been created already');
        return [{ type: 'course-created', facts: { definition: command.definition }, sections: {} }];
      case 'revise':
        if (!state.definition) throw notFound('course-not-found', 'there is no such course');
        checkRevision(state.definition, command.definition);
        return [{ type: 'course-revised', facts: { definition: command.definition }, sections: {} }];
      default:
        return never(command);
    }
  },
};

function checkDefinition({ modules, assessments, completionRule }: CourseDefinition): void {
  refuseDoubles('modules', modules);
  refuseDoubles('assessments', assessments);
  assessments.forEach(({ passMark, maximumScore }, index) => {
    if (maximumScore <= 0)
      throw invalid('maximum-score-not-positive', 'must be above 0', `/assessments/${index}/maximumScore`);
    if (passMark > maximumScore) {
      throw invalid('pass-mark-above-maximum', 'must not be above the maximum score', `/assessments/${index}/passMark`);
    }
  });
  if (completionRule === 'achieved' && modules.length === 0 && !assessments.some(({ kind }) => kind === 'final-exam')) {
    throw invalid(
      'nothing-to-achieve',
      'a course that is completed by achievement has a module or a final exam; otherwise the rule is "declared"',
      '/completionRule',
    );
  }
}

function refuseDoubles(name: string, items: readonly { readonly key: string }[]): void {
  const seen = new Set<string>();
  items.forEach(({ key }, index) => {
    if (seen.has(key)) throw invalid('key-not-unique', 'each key stands once', `/${name}/${index}/key`);
    seen.add(key);
  });
}

/** What learners may already have done cannot be taken out from under them. */
function checkRevision(before: CourseDefinition, after: CourseDefinition): void {
  const keys = (items: readonly { readonly key: string }[]): Set<string> => new Set(items.map(({ key }) => key));
  const modules = keys(after.modules);
  const assessments = keys(after.assessments);
  const gone =
    before.modules.some(({ key }) => !modules.has(key)) || before.assessments.some(({ key }) => !assessments.has(key));
  if (gone) {
    throw conflict(
      'part-removed',
      'a revision keeps every module and assessment, by key; add new ones or create a new course',
    );
  }
}
