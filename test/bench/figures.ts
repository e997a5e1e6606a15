import type { Figure } from './case';
import type { Standing } from './rounds';

/** Medians of rates beside what they aim at. */
export function rateFigures(standings: readonly Standing[], goals: { readonly [name: string]: number }): Figure[] {
  return standings.flatMap(({ name, perSecond: { median } }) => {
    const goal = goals[name];
    if (goal === undefined) return [];
    return [{ what: name, value: `${whole(median)}/s`, goal: `≥ ${whole(goal)}/s`, reached: median >= goal }];
  });
}

/**
 * Rates of work that goes on in one process, for a second of its processor time: what one core does, whatever else the
 * machine does.
 */
export function coreFigures(standings: readonly Standing[], goals: { readonly [name: string]: number }): Figure[] {
  return standings.flatMap(({ name, ownMicroseconds: { median } }) => {
    const goal = goals[name];
    if (goal === undefined) return [];
    const rate = 1e6 / median;
    return [{ what: name, value: `${whole(rate)}/s of one core`, goal: `≥ ${whole(goal)}/s`, reached: rate >= goal }];
  });
}

export function whole(figure: number): string {
  return Math.round(figure).toLocaleString('en-GB');
}
