import type { FinalResult } from './reading';

/** What the data say of one registration; days are offsets from the presentation's first. */
export interface Registered {
  readonly registered?: number;
  readonly unregistered?: number;
  /** Absent where the students' file has no row for the registration. */
  readonly result?: FinalResult;
  /** Days of the submissions; those carried over are left out. */
  readonly submissions: readonly number[];
  /** Length of the presentation. */
  readonly days: number;
}

export interface Decided<T> {
  readonly value: T;
  /** Name of the decision in docs/import-oulad.md, where the data left something open. */
  readonly decision?: string;
}

/**
 * The day on which somebody registered. Where it is missing, the latest that contradicts nothing: the first of the
 * presentation's first day, the unregistration and the first submission.
 */
export function registrationDay({ registered, unregistered, submissions }: Registered): Decided<number> {
  if (registered !== undefined) return { value: registered };
  const first = Math.min(0, ...(unregistered === undefined ? [] : [unregistered]), ...submissions);
  return { value: first, decision: 'registration-date-missing' };
}

export interface End {
  readonly outcome: 'completed' | 'failed' | 'withdrawn';
  readonly day: number;
}

/**
 * How an enrolment ended. An unregistration has a date and is the end, whatever the final result says; a final result
 * has none: it is given when the presentation is over and everything was handed in.
 */
export function endOf(registration: Registered): Decided<End> | undefined {
  const { unregistered, result, days } = registration;
  if (unregistered !== undefined) {
    const decision = result === undefined || result === 'Withdrawn' ? undefined : 'unregistered-with-another-result';
    return {
      value: { outcome: 'withdrawn', day: notBefore(unregistered, registration) },
      ...(decision === undefined ? {} : { decision }),
    };
  }
  if (result === undefined) return undefined;
  if (result === 'Withdrawn') {
    return { value: { outcome: 'withdrawn', day: days }, decision: 'withdrawal-date-missing' };
  }
  const last = Math.max(days, ...registration.submissions);
  const outcome = result === 'Fail' ? 'failed' : 'completed';
  return { value: { outcome, day: last }, ...(last > days ? { decision: 'result-after-last-submission' } : {}) };
}

/** Nobody leaves before they came. */
function notBefore(day: number, registration: Registered): number {
  return Math.max(day, registrationDay(registration).value);
}

/**
 * The day from which a submission belongs to the enrolment. A result carried over was earned in an earlier presentation;
 * it becomes one of this enrolment when that begins.
 */
export function submissionDay(
  { submitted, banked }: { readonly submitted: number; readonly banked: boolean },
  registered: number,
): Decided<number> {
  if (!banked) return { value: submitted };
  return { value: Math.max(submitted, registered), decision: 'result-carried-over' };
}
