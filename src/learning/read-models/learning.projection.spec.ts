import { asOpened, givenId } from '@ardoise/given';
import type { RowWriter } from '@ardoise/projections';
import type { AnyEvent } from '@ardoise/sealing';
import { enrolment, graded, moduleFact, person } from '../domain/sample-learning';
import { AttemptRow } from './attempt.row';
import { LearningFactRow } from './learning-fact.row';
import { learningProjection } from './learning.projection';
import { ResumePointRow } from './resume-point.row';

/** What the projection asks to be written for an event. */
function written(event: AnyEvent, id = givenId(0)): unknown[][] {
  const asked: unknown[][] = [];
  const note =
    (kind: string) =>
    (...parts: unknown[]): void =>
      void asked.push([kind, ...parts]);
  const write = { put: note('put'), patch: note('patch'), remove: note('remove') } as RowWriter;
  learningProjection.on[event.type]!(asOpened(event, { id }), write);
  return asked;
}

const corrected = (result: object): AnyEvent => ({
  type: 'learning-corrected',
  facts: {},
  sections: {
    learner: {
      person,
      occurredAt: '2026-01-06T09:00:00.000Z',
      fields: { corrects: givenId(0), action: 'corrected', reason: 'r', fact: givenId(0), result },
    },
  },
});

describe('learning rows', () => {
  const key = { organisation: 'test', event: givenId(0) };

  it('are one for each fact, by its event', () => {
    expect(written(moduleFact('module-completed', 'm1'))).toEqual([
      [
        'put',
        LearningFactRow,
        expect.objectContaining({ ...key, enrolment, person, kind: 'completed', counted: true }),
      ],
    ]);
  });

  it('of a parked fact do not count', () => {
    expect(written(moduleFact('module-completed', 'm1', { standing: 'parked' }))).toEqual([
      ['put', LearningFactRow, expect.objectContaining({ standing: 'parked', counted: false })],
    ]);
  });

  it('hold scores as decimals without an exponent', () => {
    expect(written(graded('quiz', 1e-7))).toEqual([
      ['put', AttemptRow, expect.objectContaining({ score: '0.000000100', maximum: '10.000000000' })],
    ]);
  });

  it('are patched by the whole result of a correction, whatever was named by it', () => {
    expect(written(corrected({ annulled: false, counted: true, score: 12, passed: true }))).toEqual([
      [
        'patch',
        AttemptRow,
        key,
        { annulled: false, counted: true, corrected: true, score: '12.000000000', passed: true },
      ],
    ]);
    expect(written(corrected({ annulled: true, counted: false, module: 'm1', seconds: 30 }))).toEqual([
      ['patch', LearningFactRow, key, { annulled: true, counted: false, corrected: true, module: 'm1', seconds: 30 }],
      ['patch', ResumePointRow, key, { annulled: true, counted: false, corrected: true, module: 'm1' }],
    ]);
  });

  it('are none for what cannot be read', () => {
    expect(written({ ...graded('quiz', 4), sections: {} })).toEqual([]);
    expect(written({ ...corrected({}), sections: {} })).toEqual([]);
  });
});
