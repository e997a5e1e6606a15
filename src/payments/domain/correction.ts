import { conflict, invalid, notFound, type Moment } from '@ardoise/decider';
import { accountOf, changesOf, standing, standingOf, type MovementChanges, type RecordedCorrection } from './account';
import { checkInstalment } from './checks';
import type { correctables, CorrectedRecord, PaymentsEvent } from './events';
import type { LivingInvoice } from './state';

export interface CorrectBilling {
  readonly type: 'correct';
  /** Id of the event that was wrong. */
  readonly event: string;
  readonly action: RecordedCorrection['action'];
  readonly changes: MovementChanges;
  readonly reason: string;
  /** The member of staff who corrects. */
  readonly author?: string;
}

/**
 * French accounting practice decides what may be corrected. An invoice or credit note that was issued is never altered
 * (Code de commerce L.123-22, plan comptable général 921-3): what is wrong in it is put right by a credit note and
 * another invoice, which name it (CGI, article 289 I-5). Its record here can only be annulled, where it should not have
 * been made: a double, or one on the wrong person. A movement of money is the provider's word; where ours differs from it,
 * amount, instalment or means are corrected, or the record is annulled.
 */
export function correct(command: CorrectBilling, state: LivingInvoice, { occurredAt }: Moment): PaymentsEvent {
  const root = rootOf(command.event, state);
  if (!root) throw notFound('event-not-found', 'this invoice has no such record to correct', '/event');
  checkAction(command, state, root);
  const corrected: LivingInvoice = { ...state, corrections: [...state.corrections, pending(command)] };
  checkOutcome(corrected, root);
  const { author, event, action, changes, reason } = command;
  const result = resultOf(root, corrected);
  const fields = { corrects: event, action, ...changes, reason, fact: root.id, record: root.record, result };
  return {
    type: 'billing-corrected',
    facts: {},
    sections: {
      buyer: { person: state.content.person, occurredAt, fields },
      ...(author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } }),
    },
  };
}

const pending = ({ event, action, changes }: CorrectBilling): RecordedCorrection => ({
  id: 'pending',
  corrects: event,
  action,
  ...changes,
});

interface Root {
  readonly record: (typeof correctables)[number];
  readonly id: string;
}

function resultOf({ id }: Root, { movements, corrections }: LivingInvoice): CorrectedRecord {
  const { annulled, changes } = standingOf(id, corrections);
  const movement = movements.find((one) => one.id === id);
  return { annulled, ...(movement ? changesOf({ ...movement, ...changes }) : {}) };
}

/** The first record that a chain of corrections is about. */
function rootOf(id: string, state: LivingInvoice): Root | undefined {
  if (state.content.id === id) return { record: 'invoice', id };
  if (state.movements.some((one) => one.id === id)) return { record: 'payment', id };
  if (state.creditNotes.some((one) => one.id === id)) return { record: 'credit-note', id };
  const correction = state.corrections.find((one) => one.id === id);
  return correction && rootOf(correction.corrects, state);
}

function checkAction({ event, action, changes }: CorrectBilling, state: LivingInvoice, root: Root): void {
  if (standingOf(event, state.corrections).annulled) {
    throw conflict('annulled-already', 'this record was annulled; annul that correction to restore it', '/event');
  }
  if (action === 'annulled') {
    if (Object.keys(changes).length > 0) {
      throw invalid('changes-not-expected', 'what is annulled is not changed', '/changes');
    }
    return;
  }
  if (root.record !== 'payment') {
    throw conflict(
      'issued-document-not-altered',
      'what was issued is not altered; record a credit note and another invoice, or annul a record made by mistake',
      '/action',
    );
  }
  if (state.corrections.find(({ id }) => id === event)?.action === 'annulled') {
    throw conflict('annulment-not-changed', 'an annulment has nothing to change; annul it', '/action');
  }
  if (Object.keys(changes).length === 0) throw invalid('changes-missing', 'says what would be right', '/changes');
  checkInstalment({ ...(changes.instalment === undefined ? {} : { instalment: changes.instalment }) }, state.content);
}

/** The account must still hold after the correction. */
function checkOutcome(state: LivingInvoice, root: Root): void {
  const { content, corrections } = state;
  const moved = standing(state.movements, corrections);
  const creditNotes = standing(state.creditNotes, corrections);
  const { captured, refunded, credited } = accountOf(content.total, moved, creditNotes);
  const stands = standing([content], corrections).length > 0;
  if (!stands && (captured > 0 || refunded > 0 || credited > 0)) {
    throw conflict(
      'invoice-in-use',
      'payments or credit notes stand on this invoice; annul or move them before its record',
      '/event',
    );
  }
  if (root.record === 'payment' && refunded > captured) {
    throw conflict('refund-above-captured', 'more would be refunded than was captured', '/changes/amount');
  }
  if (root.record === 'credit-note' && credited > content.total) {
    throw conflict('credit-above-total', 'more would be credited than the total', '/event');
  }
}
