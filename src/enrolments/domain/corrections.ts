import { conflict, invalid, notFound } from '@ardoise/decider';
import type { CorrectionAction, Funder, Outcome, TraineeKind } from './events';

/** What corrections may change, each in the fact that said it. */
export interface Changes {
  readonly traineeKind?: TraineeKind;
  readonly funders?: readonly Funder[];
  readonly plannedHours?: number;
  readonly hours?: number;
  readonly outcome?: Outcome;
  readonly endedOn?: string;
  readonly invoice?: string;
}

export type FactKind = 'request' | 'hours' | 'end' | 'invoice';

/** A fact that can be corrected, as it was first said. */
export interface Fact {
  readonly id: string;
  readonly kind: FactKind;
  readonly says: Changes;
}

/** A correction of a fact, or of an earlier correction. */
export interface Correction {
  readonly id: string;
  readonly corrects: string;
  readonly action: CorrectionAction;
  readonly changes: Changes;
}

export interface Record {
  readonly facts: readonly Fact[];
  readonly corrections: readonly Correction[];
}

const changeable: { readonly [K in FactKind]: readonly (keyof Changes)[] } = {
  request: ['traineeKind', 'funders', 'plannedHours'],
  hours: ['hours'],
  end: ['outcome', 'endedOn'],
  invoice: ['invoice'],
};

/** The facts as they stand now: each with its corrections applied, those annulled left out. */
export function standing({ facts, corrections }: Record): Fact[] {
  return facts.flatMap((fact) => {
    const says = applied(fact.id, fact.says, corrections);
    return says ? [{ ...fact, says }] : [];
  });
}

/** What is said under an id after all that corrects it; undefined when it is annulled. */
function applied(id: string, first: Changes, corrections: readonly Correction[]): Changes | undefined {
  let says: Changes | undefined = first;
  for (const correction of corrections) {
    if (correction.corrects !== id) continue;
    const effect = effectOf(correction, corrections);
    if (effect === 'none') continue;
    says = effect === 'annulled' ? undefined : { ...(says ?? first), ...effect };
  }
  return says;
}

/** A correction that was annulled has no effect; one that was corrected has the effect of what it says since. */
function effectOf(correction: Correction, corrections: readonly Correction[]): Changes | 'annulled' | 'none' {
  const changes = applied(correction.id, correction.changes, corrections);
  if (!changes) return 'none';
  return correction.action === 'annulled' && Object.keys(changes).length === 0 ? 'annulled' : changes;
}

/** The fact that a correction is about in the end, through corrections of corrections. */
export function factOf(record: Record, id: string): Fact | undefined {
  const correction = record.corrections.find((candidate) => candidate.id === id);
  return correction ? factOf(record, correction.corrects) : record.facts.find((candidate) => candidate.id === id);
}

/** @throws Refusal when the correction names nothing that can be corrected, or changes what the fact does not say */
export function checkCorrection(record: Record, { corrects, action, changes }: Omit<Correction, 'id'>): Fact {
  const fact = factOf(record, corrects);
  if (!fact) {
    throw notFound('event-not-correctable', 'no event of this enrolment that can be corrected has this id', '/event');
  }
  const named = Object.keys(changes) as (keyof Changes)[];
  if (action === 'annulled') {
    if (named.length > 0) throw invalid('annulled-without-changes', 'what is annulled is not changed', `/${named[0]}`);
    if (corrects === fact.id && fact.kind === 'request') {
      throw conflict('request-not-annullable', 'a request is not annulled; cancel the enrolment', '/event');
    }
    return fact;
  }
  if (named.length === 0) throw invalid('nothing-changed', 'a correction says what is changed', '/action');
  const odd = named.find((name) => !changeable[fact.kind].includes(name));
  if (odd) throw invalid('change-does-not-apply', 'the event that is corrected does not say this', `/${odd}`);
  return fact;
}
