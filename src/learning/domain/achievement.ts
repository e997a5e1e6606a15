import type { CourseDefinition } from '../../courses/domain/events';
import { resultOf, type Fact } from './fact';

/** What counts towards finishing a course. */
export interface Achievement {
  /** How many completions count, by module. */
  readonly completions: { readonly [module: string]: number };
  /** How many passed attempts count, by assessment. */
  readonly passes: { readonly [assessment: string]: number };
  /** The latest instant of such a fact. */
  readonly latest: string;
}

export const nothingAchieved: Achievement = { completions: {}, passes: {}, latest: '' };

/** A fact came, or is now another than before. */
export function achievedWith(achievement: Achievement, now: Fact, before?: Fact): Achievement {
  return tallied(before ? tallied(achievement, before, -1) : achievement, now, 1);
}

/** Whether the rule of the course is fulfilled; a course that is completed by declaration never is by itself. */
export function isAchieved({ completionRule, modules, assessments }: CourseDefinition, done: Achievement): boolean {
  return (
    completionRule === 'achieved' &&
    modules.every(({ key }) => (done.completions[key] ?? 0) > 0) &&
    assessments.every(({ key, kind }) => kind !== 'final-exam' || (done.passes[key] ?? 0) > 0)
  );
}

function tallied(achievement: Achievement, fact: Fact, by: 1 | -1): Achievement {
  const { counted, module, passed } = resultOf(fact);
  const { completions, passes } = achievement;
  const latest = by > 0 && fact.occurredAt > achievement.latest ? fact.occurredAt : achievement.latest;
  if (!counted) return achievement;
  if (fact.kind === 'completed' && module !== undefined) {
    return { ...achievement, latest, completions: { ...completions, [module]: (completions[module] ?? 0) + by } };
  }
  if (fact.kind === 'graded' && passed && fact.assessment !== undefined) {
    const { assessment } = fact;
    return { ...achievement, latest, passes: { ...passes, [assessment]: (passes[assessment] ?? 0) + by } };
  }
  return achievement;
}
