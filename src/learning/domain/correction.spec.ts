import { given, givenId } from '@ardoise/given';
import type { CorrectLearning } from './commands';
import { learning } from './learning';
import { graded, moduleFact, open, submitted, time, trainer } from './sample-learning';

const correct = (event: number, change: Partial<CorrectLearning> = {}) =>
  ({ type: 'correct', event: givenId(event), action: 'corrected', reason: 'seen again', ...open, ...change }) as const;
const annul = (event: number) => correct(event, { action: 'annulled' });

/** The correction that a command leads to, as a given event. */
function correctionOf(command: ReturnType<typeof correct>, ...events: ReturnType<typeof graded>[]) {
  const [event] = learning.decide(command, given(learning, ...events).state(), {
    now: '2026-01-05T09:00:00.000Z',
    occurredAt: '2026-01-05T09:00:00.000Z',
  });
  return event!;
}

describe('a correction of learning', () => {
  it('names the event, says why, and what is recorded now', () => {
    given(learning, graded('quiz', 4))
      .when(correct(0, { score: 6, author: trainer }))
      .thenLike({
        type: 'learning-corrected',
        sections: {
          learner: {
            fields: {
              corrects: givenId(0),
              action: 'corrected',
              score: 6,
              passed: true,
              reason: 'seen again',
              fact: givenId(0),
              result: { score: 6, passed: true, annulled: false, counted: true },
            },
          },
          author: { person: trainer, fields: {} },
        },
      });
  });

  it('annuls, and an annulment can be annulled', () => {
    const completed = moduleFact('module-completed', 'm1');
    const annulled = correctionOf(annul(0), completed);
    expect(given(learning, completed, annulled).state().achievement.completions).toEqual({ m1: 0 });
    given(learning, completed, annulled)
      .when(annul(1))
      .thenLike({
        sections: { learner: { fields: { corrects: givenId(1), fact: givenId(0), result: { annulled: false } } } },
      });
  });

  it('of a correction puts back what that one alone had changed', () => {
    const first = correctionOf(correct(0, { module: 'm2', seconds: 60 }), time('m1', 30));
    given(learning, time('m1', 30), first)
      .when(correct(1, { seconds: 45 }))
      .thenLike({ sections: { learner: { fields: { result: { module: 'm1', seconds: 45 } } } } });
  });

  it('is refused for an event that is not there or changes of another kind', () => {
    given(learning).when(annul(7)).thenRefused('event-not-correctable');
    given(learning, time('m1', 30))
      .when(correct(0, { score: 3 }))
      .thenRefused('change-not-of-this-fact');
    given(learning, submitted('quiz'))
      .when(correct(0, { module: 'm2' }))
      .thenRefused('change-not-of-this-fact');
    given(learning, time('m1', 30))
      .when({ ...annul(0), seconds: 3 })
      .thenRefused('change-not-of-this-fact');
    given(learning, time('m1', 30)).when(correct(0)).thenRefused('correction-empty');
  });

  it('is refused where the course or the maximum forbids it', () => {
    given(learning, time('m1', 30))
      .when(correct(0, { module: 'm9' }))
      .thenRefused('module-unknown');
    given(learning, graded('quiz', 4))
      .when(correct(0, { score: 11 }))
      .thenRefused('score-above-maximum');
  });

  it('is refused when it changes nothing, or speaks of what is annulled', () => {
    given(learning, time('m1', 30))
      .when(correct(0, { seconds: 30 }))
      .thenRefused('correction-changes-nothing');
    const annulled = correctionOf(annul(0), time('m1', 30));
    given(learning, time('m1', 30), annulled).when(annul(0)).thenRefused('correction-changes-nothing');
    given(learning, time('m1', 30), annulled)
      .when(correct(0, { seconds: 31 }))
      .thenRefused('fact-annulled');
  });
});
