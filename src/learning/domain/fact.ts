import { underCorrections, type Correction } from '../../platform/corrections';
import type { Standing } from '../../platform/late-facts';
import type { FactResult, LearningOpened } from './events';

export const factKinds = ['opened', 'started', 'completed', 'time', 'resume-point', 'submitted', 'graded'] as const;
export type FactKind = (typeof factKinds)[number];

/** What a correction may change; which of it, depends on the kind. */
export interface FactValues {
  readonly module?: string;
  readonly seconds?: number;
  readonly score?: number;
  readonly passed?: boolean;
}

/** A fact as the stream has it, with what was said of it later. */
export interface Fact {
  readonly id: string;
  readonly kind: FactKind;
  readonly occurredAt: string;
  readonly standing: Standing;
  /** What was decided of a parked fact. */
  readonly accepted?: boolean;
  readonly assessment?: string;
  readonly attempt?: string;
  readonly maximum?: number;
  readonly values: FactValues;
  readonly corrections: readonly Correction<FactValues>[];
}

/**
 * The facts of a stream, newest first; what was said of a fact later stands before the fact as it was. A list and no
 * map: folding a long stream must not copy what came before.
 */
export interface FactList {
  readonly fact: Fact;
  readonly before?: FactList;
}

/** The list's entries as they stand in it. */
export function newestFirst(list: FactList | undefined): Fact[] {
  const facts: Fact[] = [];
  for (let entry = list; entry; entry = entry.before) facts.push(entry.fact);
  return facts;
}

/** The list that has these entries, newest first. */
export function listOf(facts: readonly Fact[]): FactList | undefined {
  return facts.reduceRight<FactList | undefined>(
    (before, fact) => ({ fact, ...(before ? { before } : {}) }),
    undefined,
  );
}

/** The fact that the test accepts, as it is now. */
export function findFact(list: FactList | undefined, test: (fact: Fact) => boolean): Fact | undefined {
  const seen = new Set<string>();
  for (let entry = list; entry; entry = entry.before) {
    const { fact } = entry;
    if (!seen.has(fact.id) && test(fact)) return fact;
    seen.add(fact.id);
  }
  return undefined;
}

/** The fact that an event id comes to: its own, or that of one of its corrections. */
export function factOf(list: FactList | undefined, event: string): Fact | undefined {
  return findFact(
    list,
    ({ id, corrections }) => id === event || corrections.some((correction) => correction.id === event),
  );
}

/** What a fact says after its corrections, and whether it counts. */
export function resultOf(fact: Fact): FactResult {
  const { annulled, values } = underCorrections(fact, fact.corrections);
  const counted = !annulled && (fact.standing !== 'parked' || fact.accepted === true);
  return { ...values, annulled, counted };
}

/** The fact that an event records; undefined for the events that only speak of others, and for erased ones. */
export function factIn(event: LearningOpened): Fact | undefined {
  const { id, sections } = event;
  const occurredAt = sections.learner?.occurredAt ?? '';
  switch (event.type) {
    case 'module-opened':
    case 'module-started':
    case 'module-completed':
    case 'time-recorded':
    case 'resume-point-recorded': {
      const fields = event.sections.learner?.fields;
      if (!fields) return undefined;
      const { module, standing } = fields;
      const values = 'seconds' in fields ? { module, seconds: fields.seconds } : { module };
      return { id, kind: moduleKinds[event.type], occurredAt, standing, values, corrections: [] };
    }
    case 'attempt-submitted': {
      const fields = event.sections.learner?.fields;
      if (!fields) return undefined;
      const { assessment, attempt, standing } = fields;
      return { id, kind: 'submitted', occurredAt, standing, assessment, attempt, values: {}, corrections: [] };
    }
    case 'attempt-graded': {
      const fields = event.sections.learner?.fields;
      if (!fields) return undefined;
      const { assessment, attempt, maximum, score, passed, standing, submittedAt } = fields;
      const about = { assessment, attempt, maximum, standing, occurredAt: submittedAt ?? occurredAt };
      return { id, kind: 'graded', ...about, values: { score, passed }, corrections: [] };
    }
    default:
      return undefined;
  }
}

/** The kind of fact that an event type about a module records. */
export const moduleKinds = {
  'module-opened': 'opened',
  'module-started': 'started',
  'module-completed': 'completed',
  'time-recorded': 'time',
  'resume-point-recorded': 'resume-point',
} as const satisfies Record<string, FactKind>;
