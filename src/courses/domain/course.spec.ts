import { given } from '@ardoise/given';
import { course } from './course';
import type { CourseDefinition, CourseEvent } from './events';

const definition: CourseDefinition = {
  title: 'Premiers secours',
  modality: 'mixed',
  plannedHours: 14,
  modules: [{ key: 'm1', title: 'Protéger' }],
  assessments: [{ key: 'final', title: 'Examen', kind: 'final-exam', maximumScore: 20, passMark: 10 }],
  completionRule: 'achieved',
};
const created: CourseEvent = { type: 'course-created', facts: { definition }, sections: {} };

describe('course', () => {
  it('is created once', () => {
    given(course).when({ type: 'create', definition }).then(created);
    given(course, created).when({ type: 'create', definition }).thenRefused('course-exists');
  });

  it('refuses two modules of one key', () => {
    const modules = [...definition.modules, { key: 'm1', title: 'Alerter' }];
    given(course)
      .when({ type: 'create', definition: { ...definition, modules } })
      .thenRefused('key-not-unique');
  });

  it('refuses a pass mark above the maximum', () => {
    const assessments = [{ ...definition.assessments[0]!, passMark: 21 }];
    given(course)
      .when({ type: 'create', definition: { ...definition, assessments } })
      .thenRefused('pass-mark-above-maximum');
  });

  it('refuses a rule of achievement with nothing to achieve', () => {
    given(course)
      .when({ type: 'create', definition: { ...definition, modules: [], assessments: [] } })
      .thenRefused('nothing-to-achieve');
  });

  it('keeps every part in a revision', () => {
    const wider = { ...definition, modules: [...definition.modules, { key: 'm2', title: 'Alerter' }] };
    given(course, created)
      .when({ type: 'revise', definition: wider })
      .then({ type: 'course-revised', facts: { definition: wider }, sections: {} });
    given(course, created)
      .when({ type: 'revise', definition: { ...definition, modules: [] } })
      .thenRefused('part-removed');
    given(course).when({ type: 'revise', definition }).thenRefused('course-not-found');
  });
});
