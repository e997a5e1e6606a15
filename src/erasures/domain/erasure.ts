import { conflict, never, notFound, type Decider } from '@ardoise/decider';
import { erasureDecided, receiptIssued, type CategoryDecision, type ErasureEvent, type ErasureOpened } from './events';

export interface Erasure {
  readonly state: 'none' | 'decided' | 'completed';
}

export type ErasureCommand =
  | {
      readonly type: 'decide';
      readonly person: string;
      readonly requestedOn: string;
      readonly decisions: readonly CategoryDecision[];
    }
  | { readonly type: 'issue-receipt'; readonly person: string; readonly receipt: string };

/** A request for erasure: what was decided, and that it was carried out. It outlives what it ended (PAR-09). */
export const erasure: Decider<Erasure, ErasureCommand, ErasureEvent, ErasureOpened> = {
  kind: 'erasure',
  events: [erasureDecided, receiptIssued],

  initialState: () => ({ state: 'none' }),

  evolve(_, event) {
    switch (event.type) {
      case 'erasure-decided':
        return { state: 'decided' };
      case 'receipt-issued':
        return { state: 'completed' };
      default:
        return never(event);
    }
  },

  decide(command, { state }, { occurredAt }) {
    const { person } = command;
    switch (command.type) {
      case 'decide': {
        if (state !== 'none') throw conflict('erasure-decided', 'the erasure of this person has been decided already');
        const { requestedOn, decisions } = command;
        return [
          {
            type: 'erasure-decided',
            facts: {},
            sections: { self: { person, occurredAt, fields: { requestedOn, decisions } } },
          },
        ];
      }
      case 'issue-receipt':
        if (state === 'none') throw notFound('erasure-not-found', 'there is no such erasure');
        if (state === 'completed') return [];
        return [
          {
            type: 'receipt-issued',
            facts: {},
            sections: { self: { person, occurredAt, fields: { receipt: command.receipt } } },
          },
        ];
      default:
        return never(command);
    }
  },
};
