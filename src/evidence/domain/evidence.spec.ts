import { erased, given } from '@ardoise/given';
import { evidence, type KeptResult } from './evidence';
import { evidenceLink } from './evidence-link';
import type { ResultKept } from './events';

const person = 'a'.repeat(32);
const occurredAt = '2026-01-05T09:00:00.000Z';
const result: KeptResult = {
  courseTitle: 'Premiers secours',
  outcome: 'completed',
  hours: 14,
  endedOn: '2026-01-05',
  certification: 'RS 5252',
};

describe('evidence', () => {
  const kept: ResultKept = {
    type: 'result-kept',
    facts: {},
    sections: { learner: { person, occurredAt, fields: result } },
  };

  it('MIRA-14 is kept of the result alone: title, outcome, hours, end, certification', () => {
    given(evidence).when({ person, result }).then(kept);
  });

  it('is kept once, and anew when the result is another', () => {
    given(evidence, kept).when({ person, result }).thenNothing();
    given(evidence, kept)
      .when({ person, result: { ...result, outcome: 'annulled' } })
      .thenLike({ sections: { learner: { fields: { outcome: 'annulled' } } } });
  });

  it('folds without keys', () => {
    expect(given(evidence, erased(kept)).state()).toEqual({});
  });
});

describe('the link to evidence', () => {
  const linked = {
    type: 'evidence-linked',
    facts: {},
    sections: { learner: { person, occurredAt, fields: { evidence: 'e'.repeat(32) } } },
  } as const;

  it('is recorded once, in the learning', () => {
    given(evidenceLink)
      .when({ person, evidence: 'e'.repeat(32) })
      .then(linked);
    given(evidenceLink, linked)
      .when({ person, evidence: 'e'.repeat(32) })
      .thenNothing();
    expect(given(evidenceLink, erased(linked)).state()).toEqual({});
  });
});
