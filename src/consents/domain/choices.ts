import { endOfRetention, type Policy } from '@ardoise/policy';
import type { Choice } from './events';

/** One line of the history of somebody's choices. */
export interface ChoiceRecord {
  readonly consent: string;
  readonly purpose: string;
  readonly choice: Choice;
  /** RFC 3339. */
  readonly occurredAt: string;
  /** In the log: tells two of the same instant apart. */
  readonly position: bigint;
}

/** `no-choice-yet` is a state of its own: neither a consent nor a refusal (MIRA-21). */
export type ChoiceState = Choice | 'no-choice-yet';

export interface Standing {
  readonly state: ChoiceState;
  /** The consent that the state comes from. */
  readonly consent?: string;
  /** RFC 3339. */
  readonly since?: string;
  /** When a consent that stands, or stood last, ends by itself. */
  readonly until?: string;
}

/** When a consent ends by itself; undefined where it lasts until it is withdrawn. */
export function endOfConsent(policy: Policy, purpose: string, givenAt: string): Date | undefined {
  const rule = Object.hasOwn(policy.consentPurposes, purpose) ? policy.consentPurposes[purpose] : undefined;
  if (rule?.lastsFor === undefined) return undefined;
  return endOfRetention({ period: rule.lastsFor }, new Date(givenAt), policy.timeZone);
}

/**
 * What somebody's choices of one purpose come to: the one made last counts, when it was made and not when it was told.
 * @param records all of them, over all streams and aliases, in any order
 * @param now RFC 3339
 */
export function standingOf(policy: Policy, records: readonly ChoiceRecord[], now: string): Standing {
  const last = [...records].sort(byTime).at(-1);
  if (!last) return { state: 'no-choice-yet' };
  const { choice, consent, purpose, occurredAt } = last;
  const end = choice === 'given' ? endOfConsent(policy, purpose, occurredAt)?.toISOString() : undefined;
  if (end === undefined) return { state: choice, consent, since: occurredAt };
  return Date.parse(end) <= Date.parse(now)
    ? { state: 'expired', consent, since: end, until: end }
    : { state: 'given', consent, since: occurredAt, until: end };
}

/** Oldest first. */
export function byTime(one: ChoiceRecord, other: ChoiceRecord): number {
  const apart = Date.parse(one.occurredAt) - Date.parse(other.occurredAt);
  return apart !== 0 ? apart : one.position < other.position ? -1 : 1;
}
