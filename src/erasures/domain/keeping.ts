import type { Decider } from '@ardoise/decider';
import { keptUntilRecorded, type KeepingEvent, type KeepingOpened } from './events';

export interface RecordKeeping {
  readonly person: string;
  readonly category: string;
  readonly ground: string;
  readonly until: string;
}

/** Why a stream outlives the erasure of the person it concerns: recorded in it, under its own unit. */
export function keepingIn(kind: string): Decider<null, RecordKeeping, KeepingEvent, KeepingOpened> {
  return {
    kind,
    events: [keptUntilRecorded],

    stateless: true,

    initialState: () => null,

    evolve: () => null,

    decide({ person, category, ground, until }, _, { occurredAt }) {
      const self = { person, occurredAt, category, fields: { ground, until } };
      return [{ type: 'kept-until-recorded', facts: {}, sections: { self } }];
    },
  };
}
