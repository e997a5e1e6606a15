/**
 * How a fact stands to its enrolment (invariant 14): `regular` while the enrolment is open; `late` when it was told
 * after the end but happened before it: accepted and counted; `parked` when it happened after the end or before the
 * request: kept and shown, and counted only when somebody accepts it.
 */
export const standings = ['regular', 'late', 'parked'] as const;
export type Standing = (typeof standings)[number];

/** When an enrolment begins and ends, as far as that is known. */
export interface Enrolled {
  /** RFC 3339. */
  readonly requestedAt: string;
  /** RFC 3339; absent while the enrolment is open. */
  readonly endedAt?: string;
}

/** Judges a fact at the instant at which it happened, never at the one at which it was told. */
export function standingOf({ requestedAt, endedAt }: Enrolled, occurredAt: string): Standing {
  const happened = Date.parse(occurredAt);
  if (happened < Date.parse(requestedAt)) return 'parked';
  if (endedAt === undefined) return 'regular';
  return happened <= Date.parse(endedAt) ? 'late' : 'parked';
}

const withoutPlace = new Set(['requested', 'approved', 'waiting', 'refused']);

/** Whether an enrolment of this state has a place, or is over: what is late is told after the end. */
export function hasPlace(state: string): boolean {
  return !withoutPlace.has(state);
}
