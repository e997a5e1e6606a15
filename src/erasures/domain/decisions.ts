import { ruleFor, retentionEnd, type Category, type Policy } from '@ardoise/policy';
import type { CategoryDecision } from './events';

/** A unit as a decision about it needs to know it. */
export interface UnitToDecide {
  readonly unit: string;
  readonly category: string;
  readonly createdAt: Date;
  /** What its retention is counted from, where it is another instant than its making: an invoice's date, an end of training. */
  readonly startsAt?: Date;
}

export interface UnitDecision {
  readonly unit: string;
  readonly category: string;
  readonly keep?: { readonly ground: string; readonly until: Date };
}

/**
 * Categories that an erasure does not reach as long as their own period runs (art. 17(3) GDPR): accounting documents
 * by legal obligation, the proof that a request was dealt with, and what the profile keeps as evidence for legal claims.
 */
const keptByLaw: { readonly [C in Category]?: (policy: Policy) => string | undefined } = {
  billing: (policy) => policy.accounting.ground,
  'rights-request': () => 'RGPD art. 5(2) et 17(3)(e) : preuve du traitement de la demande',
  evidence: evidenceGround,
  attestation: evidenceGround,
};

function evidenceGround(policy: Policy): string | undefined {
  const rule = policy.categories.evidence;
  return rule.purposes.length > 0
    ? (rule.retention.ground ?? 'RGPD art. 17(3)(e) : défense de droits en justice')
    : undefined;
}

/** Whether an erasure may leave units of a category at all; of the others nothing has to be known to decide. */
export function mayBeKept(policy: Policy, category: string): boolean {
  return keptByLaw[category as Category]?.(policy) !== undefined;
}

/** Per unit: shredded now, or kept on a named ground until an instant (MVX-22). Pure. */
export function decideUnit(policy: Policy, unit: UnitToDecide, now: Date): UnitDecision {
  const category = unit.category as Category;
  const ground = keptByLaw[category]?.(policy);
  if (ground === undefined) return { unit: unit.unit, category };
  const start = unit.startsAt ?? (ruleFor(policy, category).from === 'request-closed' ? now : unit.createdAt);
  const until = retentionEnd(policy, category, start);
  return until.getTime() <= now.getTime()
    ? { unit: unit.unit, category }
    : { unit: unit.unit, category, keep: { ground, until } };
}

/** What is told of the decisions: one line for each category, with the last of its ends. */
export function summary(decisions: readonly UnitDecision[]): CategoryDecision[] {
  const lines = new Map<string, CategoryDecision>();
  for (const { category, keep } of decisions) {
    const outcome = keep ? 'keep' : 'erase';
    const name = `${category} ${outcome}`;
    const until = keep?.until.toISOString();
    const before = lines.get(name);
    if (before && (until === undefined || (before.until ?? '') >= until)) continue;
    lines.set(name, { category, outcome, ...(keep && until ? { ground: keep.ground, until } : {}) });
  }
  return [...lines.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}
