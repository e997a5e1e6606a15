export const correctionActions = ['corrected', 'annulled'] as const;
export type CorrectionAction = (typeof correctionActions)[number];

/** An event that says an earlier one was wrong: a fact, or a correction of it. */
export interface Correction<Values> {
  readonly id: string;
  /** Id of the event that was wrong. */
  readonly corrects: string;
  readonly action: CorrectionAction;
  /** What is right instead; empty in an annulment. */
  readonly changes: Partial<Values>;
}

/** What a fact says after its corrections. */
export interface Corrected<Values> {
  /** It never happened. */
  readonly annulled: boolean;
  readonly values: Values;
}

/**
 * A fact under its corrections, which come in order. Correcting a correction puts the new one in its place; annulling
 * it takes it away, and what it had annulled or changed is as before.
 */
export function underCorrections<Values extends object>(
  fact: { readonly id: string; readonly values: Values },
  corrections: readonly Correction<Values>[],
): Corrected<Values> {
  const taken = new Set<string>();
  for (const { id, corrects } of corrections.toReversed()) {
    if (!taken.has(id) && corrects !== fact.id) taken.add(corrects);
  }
  const standing = corrections.filter(({ id }) => !taken.has(id));
  return {
    annulled: standing.some(({ action, corrects }) => action === 'annulled' && corrects === fact.id),
    values: standing.reduce<Values>(
      (values, { action, changes }) => (action === 'corrected' ? { ...values, ...changes } : values),
      fact.values,
    ),
  };
}
