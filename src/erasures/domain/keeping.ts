import type { Decider } from '@ardoise/decider';
import { keptUntilRecorded, type KeepingEvent, type KeepingOpened } from './events';

export interface Keeping {
  /** The latest end recorded, RFC 3339. */
  readonly until?: string;
}

export interface RecordKeeping {
  readonly person: string;
  readonly category: string;
  readonly ground: string;
  readonly until: string;
}

/** Why a stream outlives the erasure of the person it concerns: recorded in it, under its own unit. */
export function keepingIn(kind: string): Decider<Keeping, RecordKeeping, KeepingEvent, KeepingOpened> {
  return {
    kind,
    events: [keptUntilRecorded],

    initialState: () => ({}),

    evolve: (state, event) => {
      const until = event.sections.self?.fields.until;
      return until === undefined ? state : { until };
    },

    decide({ person, category, ground, until }, state, { occurredAt }) {
      if (state.until === until) return [];
      const self = { person, occurredAt, category, fields: { ground, until } };
      return [{ type: 'kept-until-recorded', facts: {}, sections: { self } }];
    },
  };
}
