import { conflict } from '@ardoise/decider';
import { outcomes, type EnrolmentState, type Outcome } from './events';

/** States that an enrolment does not leave, unless its end is annulled. */
export function isEnded(state: EnrolmentState): boolean {
  return state === 'refused' || (outcomes as readonly string[]).includes(state);
}

/** States in which an enrolment waits for what its session decides. */
export function awaitsSeat(state: EnrolmentState): boolean {
  return state === 'approved' || state === 'waiting';
}

export type Act = 'approve' | 'suspend' | 'resume' | 'move' | 'record-hours' | Outcome;

interface Rule {
  readonly from: readonly EnrolmentState[];
  readonly code: string;
  readonly detail: string;
}

const live: readonly EnrolmentState[] = ['requested', 'approved', 'waiting', 'confirmed', 'suspended'];
const finished: Rule = {
  from: ['confirmed', 'suspended'],
  code: 'enrolment-not-confirmed',
  detail: 'only a confirmed enrolment can be completed or failed',
};

const rules: { readonly [A in Act]: Rule } = {
  approve: {
    from: ['requested'],
    code: 'enrolment-approved-already',
    detail: 'the enrolment has been approved already',
  },
  suspend: { from: ['confirmed'], code: 'enrolment-not-confirmed', detail: 'only a confirmed enrolment is suspended' },
  resume: { from: ['suspended'], code: 'enrolment-not-suspended', detail: 'the enrolment is not suspended' },
  move: {
    from: ['approved', 'waiting', 'confirmed'],
    code: 'enrolment-not-transferable',
    detail: 'approve the enrolment, or resume it, before it is transferred',
  },
  'record-hours': {
    from: ['confirmed', 'suspended', 'completed', 'failed', 'withdrawn', 'no-show'],
    code: 'enrolment-not-confirmed',
    detail: 'hours are realised in a confirmed enrolment only',
  },
  completed: finished,
  failed: finished,
  withdrawn: { from: live, code: 'enrolment-ended', detail: 'the enrolment has ended' },
  cancelled: { from: live, code: 'enrolment-ended', detail: 'the enrolment has ended' },
  'no-show': {
    from: ['confirmed'],
    code: 'enrolment-not-confirmed',
    detail: 'only whoever had a confirmed place can have stayed away',
  },
};

/** @throws Refusal with the rule's code, or `enrolment-ended` */
export function requireState(act: Act, state: EnrolmentState): void {
  const { from, code, detail } = rules[act];
  if (from.includes(state)) return;
  if (isEnded(state)) throw conflict('enrolment-ended', 'the enrolment has ended; if that is wrong, correct its end');
  throw conflict(code, detail);
}
