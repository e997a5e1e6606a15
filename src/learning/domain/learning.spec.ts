import { erased, given, givenId } from '@ardoise/given';
import { learning } from './learning';
import {
  attempt,
  definition,
  ended,
  enrolment,
  finished,
  graded,
  moduleFact,
  open,
  person,
  submitted,
  time,
} from './sample-learning';

const complete = (module: string) => ({ type: 'record-module-act', act: 'completed', module, ...open }) as const;
const grade = (assessment: string, score: number) =>
  ({ type: 'grade-attempt', assessment, score, newAttempt: attempt, ...open }) as const;

describe('learning', () => {
  it('MVX-03 records modules looked at, time spent and results, each of the one learner', () => {
    given(learning)
      .when({ type: 'record-module-act', act: 'opened', module: 'm1', resource: 'video-1', ...open })
      .thenLike({
        type: 'module-opened',
        sections: {
          learner: { person, fields: { enrolment, module: 'm1', resource: 'video-1', standing: 'regular' } },
        },
      });
    given(learning)
      .when({ type: 'record-time', module: 'm1', seconds: 90, ...open })
      .then(time('m1', 90));
    given(learning).when(grade('quiz', 4)).then(graded('quiz', 4));
  });

  it('MVX-07 records where the learner stopped', () => {
    given(learning)
      .when({ type: 'record-resume-point', module: 'm2', point: 'slide=7', ...open })
      .thenLike({
        type: 'resume-point-recorded',
        sections: { learner: { fields: { module: 'm2', point: 'slide=7' } } },
      });
  });

  it('refuses what the course does not have, and scores beyond the maximum', () => {
    given(learning).when(complete('m9')).thenRefused('module-unknown');
    given(learning).when(grade('essay', 1)).thenRefused('assessment-unknown');
    given(learning).when(grade('exam', 20.5)).thenRefused('score-above-maximum');
  });

  it('refuses facts of an enrolment that was not confirmed', () => {
    given(learning)
      .when({ ...complete('m1'), enrolment: { ...open.enrolment, confirmed: false } })
      .thenRefused('enrolment-not-confirmed');
  });

  it('folds without keys', () => {
    const events = [moduleFact('module-completed', 'm1'), graded('quiz', 7)].map(erased);
    given(learning, ...events)
      .when(complete('m1'))
      .then(moduleFact('module-completed', 'm1'));
  });
});

describe('finishing', () => {
  const allButOne = [moduleFact('module-completed', 'm1'), graded('exam', 12)];

  it('is decided with the last fact that it needs, whichever that is', () => {
    given(learning, ...allButOne)
      .when(complete('m2'))
      .then(moduleFact('module-completed', 'm2'), finished);
    given(learning, moduleFact('module-completed', 'm1'), moduleFact('module-completed', 'm2'))
      .when(grade('exam', 10))
      .then(graded('exam', 10), finished);
  });

  it('is dated by the last fact, not by the telling', () => {
    const occurredAt = '2026-01-04T09:00:00.000Z';
    given(learning, ...allButOne)
      .when(complete('m2'), { occurredAt })
      .thenLike({ sections: { learner: { occurredAt } } }, finished);
  });

  it('needs every final exam passed, and no quiz', () => {
    given(learning, moduleFact('module-completed', 'm1'), graded('exam', 9))
      .when(complete('m2'))
      .then(moduleFact('module-completed', 'm2'));
  });

  it('is decided once', () => {
    given(learning, ...allButOne, moduleFact('module-completed', 'm2'), finished)
      .when(complete('m2'))
      .then(moduleFact('module-completed', 'm2'));
  });

  it('never happens by itself where completion is declared', () => {
    given(learning, ...allButOne)
      .when({ ...complete('m2'), definition: { ...definition, completionRule: 'declared' } })
      .then(moduleFact('module-completed', 'm2'));
  });

  it('follows from a correction too', () => {
    given(learning, moduleFact('module-completed', 'm1'), moduleFact('module-completed', 'm2'), graded('exam', 9))
      .when({ type: 'correct', event: givenId(2), action: 'corrected', score: 11, reason: 'addition', ...open })
      .thenLike({ type: 'learning-corrected' }, finished);
  });

  it('stays when what it rests on is annulled', () => {
    const state = given(learning, ...allButOne, moduleFact('module-completed', 'm2'), finished)
      .when({ type: 'correct', event: givenId(1), action: 'annulled', reason: 'fraud', ...open })
      .state();
    expect(state.finished).toBe(true);
    expect(state.achievement.passes).toEqual({ exam: 0 });
  });
});

describe('attempts', () => {
  const gradeIt = { ...grade('exam', 12), attempt };

  it('are graded as of when they were submitted', () => {
    given(learning, submitted('exam'))
      .when(gradeIt, { occurredAt: '2026-01-09T09:00:00.000Z' })
      .thenLike({
        sections: { learner: { fields: { attempt, submittedAt: '2026-01-05T09:00:00.000Z', passed: true } } },
      });
  });

  it('that were submitted before the end are late and not parked, whenever they are graded', () => {
    given(learning)
      .when(
        { ...grade('exam', 12), ...ended, submittedAt: '2026-02-28T08:00:00.000Z' },
        { occurredAt: '2026-03-09T08:00:00.000Z' },
      )
      .thenLike({ sections: { learner: { fields: { standing: 'late' } } } });
  });

  it('are graded once, for their own assessment, and only when submitted', () => {
    given(learning).when(gradeIt).thenRefused('attempt-unknown');
    given(learning, submitted('quiz')).when(gradeIt).thenRefused('attempt-of-another-assessment');
    given(learning, submitted('exam'), graded('exam', 3)).when(gradeIt).thenRefused('attempt-graded-already');
  });

  it('are not graded before they were submitted', () => {
    given(learning)
      .when({ ...grade('exam', 12), submittedAt: '2026-01-05T09:00:00.001Z' })
      .thenRefused('graded-before-submitted');
  });
});

describe('late facts', () => {
  const told = (occurredAt: string) =>
    given(learning).when({ ...complete('m1'), ...ended }, { now: '2026-04-01T08:00:00.000Z', occurredAt });

  it('count when they happened before the end', () => {
    told('2026-02-01T08:00:00.000Z').thenLike({ sections: { learner: { fields: { standing: 'late' } } } });
  });

  it('are parked when they happened after it, or before the request', () => {
    told('2026-03-02T08:00:00.000Z').thenLike({ sections: { learner: { fields: { standing: 'parked' } } } });
    told('2025-12-02T08:00:00.000Z').thenLike({ sections: { learner: { fields: { standing: 'parked' } } } });
  });

  const parked = moduleFact('module-completed', 'm1', { standing: 'parked' });
  const decide = (accepted: boolean) => ({ type: 'decide-parked', fact: givenId(0), accepted, ...ended }) as const;

  it('that are parked count when they are accepted', () => {
    expect(given(learning, parked).state().achievement.completions).toEqual({});
    expect(given(learning, parked).when(decide(true)).state().achievement.completions).toEqual({ m1: 1 });
    expect(given(learning, parked).when(decide(false)).state().achievement.completions).toEqual({});
  });

  it('that are accepted may finish the learning', () => {
    given(learning, parked, graded('exam', 12), moduleFact('module-completed', 'm2'))
      .when(decide(true))
      .thenLike({ type: 'parked-fact-decided', sections: { learner: { fields: { accepted: true } } } }, finished);
  });

  it('are decided on when they are parked, and the last decision holds', () => {
    given(learning, moduleFact('module-completed', 'm1')).when(decide(true)).thenRefused('fact-not-parked');
    const accepted = {
      type: 'parked-fact-decided',
      facts: {},
      sections: {
        learner: { person, occurredAt: '2026-03-05T09:00:00.000Z', fields: { fact: givenId(0), accepted: true } },
      },
    };
    given(learning, parked, accepted).when(decide(true)).thenNothing();
    expect(given(learning, parked, accepted).when(decide(false)).state().achievement.completions).toEqual({ m1: 0 });
  });
});
