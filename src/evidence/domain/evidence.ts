import type { Decider } from '@ardoise/decider';
import { resultKept, type KeptOutcome, type ResultKept, type ResultKeptOpened } from './events';

/** What is kept of a training that ended. */
export interface KeptResult {
  readonly courseTitle: string;
  readonly outcome: KeptOutcome;
  readonly hours?: number;
  /** YYYY-MM-DD */
  readonly endedOn: string;
  readonly certification?: string;
}

export interface KeepResult {
  readonly person: string;
  readonly result: KeptResult;
}

/** The evidence of one training of one person: kept anew when the result turns out to be another. */
export const evidence: Decider<{ readonly kept?: KeptResult }, KeepResult, ResultKept, ResultKeptOpened> = {
  kind: 'evidence',
  events: [resultKept],

  initialState: () => ({}),

  evolve(state, { sections: { learner } }) {
    return learner ? { kept: learner.fields } : state;
  },

  decide({ person, result }, { kept }, { occurredAt }) {
    if (kept && same(kept, result)) return [];
    return [{ type: 'result-kept', facts: {}, sections: { learner: { person, occurredAt, fields: result } } }];
  },
};

function same(one: KeptResult, other: KeptResult): boolean {
  const names = ['courseTitle', 'outcome', 'hours', 'endedOn', 'certification'] as const;
  return names.every((name) => one[name] === other[name]);
}
