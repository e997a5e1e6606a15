import { sum } from './amounts';
import type { Instalment, Movement } from './events';

/** What a correction may change of a movement. */
export interface MovementChanges {
  readonly amount?: number;
  readonly instalment?: number;
  readonly method?: string;
}

/** A movement of money as it was first recorded. */
export interface RecordedMovement extends MovementChanges {
  /** Id of its event. */
  readonly id: string;
  readonly movement: Movement;
  readonly reference: string;
  readonly amount: number;
}

export interface RecordedCreditNote {
  readonly id: string;
  readonly number: string;
  readonly amount: number;
}

export interface RecordedCorrection extends MovementChanges {
  readonly id: string;
  /** Id of the event that was wrong; possibly an earlier correction. */
  readonly corrects: string;
  readonly action: 'corrected' | 'annulled';
}

/** What stands of a record after all its corrections. */
export interface Standing {
  readonly annulled: boolean;
  readonly changes: MovementChanges;
}

/**
 * What the corrections make of a record, in the order in which they were recorded. A correction that was annulled
 * itself counts for nothing; one that was corrected counts with what it says now.
 */
export function standingOf(id: string, corrections: readonly RecordedCorrection[]): Standing {
  return corrections
    .filter(({ corrects }) => corrects === id)
    .reduce<Standing>(
      (standing, correction) => {
        const own = standingOf(correction.id, corrections);
        if (own.annulled) return standing;
        if (correction.action === 'annulled') return { ...standing, annulled: true };
        return { ...standing, changes: { ...standing.changes, ...changesOf(correction), ...own.changes } };
      },
      { annulled: false, changes: {} },
    );
}

export function changesOf({ amount, instalment, method }: MovementChanges): MovementChanges {
  return {
    ...(amount === undefined ? {} : { amount }),
    ...(instalment === undefined ? {} : { instalment }),
    ...(method === undefined ? {} : { method }),
  };
}

/** The records as they stand, annulled ones left out. */
export function standing<T extends { readonly id: string }>(
  records: readonly T[],
  corrections: readonly RecordedCorrection[],
): T[] {
  return records.flatMap((record) => {
    const { annulled, changes } = standingOf(record.id, corrections);
    return annulled ? [] : [{ ...record, ...changes }];
  });
}

/** An invoice's account, in minor units. */
export interface Account {
  readonly total: number;
  readonly captured: number;
  readonly refunded: number;
  readonly credited: number;
  /** What is still to be paid; negative where more was paid than owed. */
  readonly balance: number;
}

interface Movements {
  readonly movement: Movement;
  readonly amount: number;
}

export function accountOf(
  total: number,
  moved: readonly Movements[],
  creditNotes: readonly { readonly amount: number }[],
): Account {
  const of = (movement: Movement): number =>
    sum(moved.filter((one) => one.movement === movement).map(({ amount }) => amount));
  const captured = of('captured');
  const refunded = of('refunded');
  const credited = sum(creditNotes.map(({ amount }) => amount));
  return { total, captured, refunded, credited, balance: total - credited - captured + refunded };
}

export type InstalmentState = 'paid' | 'partly-paid' | 'due' | 'overdue';

export interface InstalmentStanding extends Instalment {
  readonly instalment: number;
  readonly paid: number;
  readonly state: InstalmentState;
}

/**
 * What is paid of each instalment. A movement that names its instalment pays that one; what names none, and what credit
 * notes take off, goes to the oldest that is still open.
 * @param today day in the organisation's time zone: an instalment is overdue from the day after it is due.
 */
export function instalmentsOf(
  instalments: readonly Instalment[],
  moved: readonly (Movements & { readonly instalment?: number })[],
  creditNotes: readonly { readonly amount: number }[],
  today: string,
): InstalmentStanding[] {
  const signed = moved.flatMap(({ movement, amount, instalment }) =>
    movement === 'failed' ? [] : [{ instalment, amount: movement === 'captured' ? amount : -amount }],
  );
  const named = instalments.map((_, index) =>
    sum(signed.filter(({ instalment }) => instalment === index + 1).map(({ amount }) => amount)),
  );
  const unnamed = signed.filter(({ instalment }) => instalment === undefined).map(({ amount }) => amount);
  let open = sum(unnamed) + sum(creditNotes.map(({ amount }) => amount));
  return instalments.map(({ dueOn, amount }, index) => {
    const own = named[index] ?? 0;
    const added = Math.min(Math.max(open, 0), Math.max(amount - own, 0));
    open -= added;
    const paid = own + added;
    return { instalment: index + 1, dueOn, amount, paid, state: stateOf(paid, amount, dueOn < today) };
  });
}

function stateOf(paid: number, amount: number, late: boolean): InstalmentState {
  if (paid >= amount) return 'paid';
  if (late) return 'overdue';
  return paid > 0 ? 'partly-paid' : 'due';
}
