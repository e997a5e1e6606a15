import { conflict, invalid, notFound } from '@ardoise/decider';
import { underCorrections, type Correction as CorrectionOf } from '../../platform/corrections';
import type { Funder, Outcome, TraineeKind } from './events';

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
export type Correction = CorrectionOf<Changes>;

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
export function standing(record: Record): Fact[] {
  return record.facts.flatMap((fact) => {
    const own = record.corrections.filter(({ corrects }) => factOf(record, corrects) === fact);
    const { annulled, values } = underCorrections({ id: fact.id, values: fact.says }, own);
    return annulled ? [] : [{ ...fact, says: values }];
  });
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
