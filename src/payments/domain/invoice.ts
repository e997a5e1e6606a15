import { conflict, never, notFound, Refusal, type Decider, type Moment } from '@ardoise/decider';
import { accountOf, standing, type RecordedMovement } from './account';
import { checkContent, checkInstalment, checkNotEarlier, type InvoiceContent } from './checks';
import { correct, type CorrectBilling } from './correction';
import { paymentsEvents, type PaymentsEvent, type PaymentsOpened } from './events';
import type { Invoice, LivingInvoice } from './state';

export interface RecordInvoice {
  readonly type: 'record';
  readonly person: string;
  readonly content: InvoiceContent;
}

export interface RecordPayment {
  readonly type: 'record-payment';
  readonly movement: RecordedMovement['movement'];
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly instalment?: number;
  readonly method?: string;
}

export interface RecordCreditNote {
  readonly type: 'record-credit-note';
  readonly number: string;
  readonly issuedOn: string;
  readonly amount: number;
  readonly reason: string;
}

export type InvoiceCommand = RecordInvoice | RecordPayment | RecordCreditNote | CorrectBilling;

/** An invoice with its payments and credit notes: one stream, one unit, one end. */
export const invoice: Decider<Invoice, InvoiceCommand, PaymentsEvent, PaymentsOpened> = {
  kind: 'invoice',
  events: paymentsEvents,

  initialState: () => ({ recorded: false, movements: [], creditNotes: [], corrections: [] }),

  evolve(state, event) {
    const { id } = event;
    switch (event.type) {
      case 'invoice-recorded': {
        if (!event.sections.buyer) return { ...state, recorded: true };
        const { person, fields } = event.sections.buyer;
        const { issuedOn, currency, total, instalments } = fields;
        const content = { id, person, issuedOn, currency, total, instalments: instalments.length };
        return { ...state, recorded: true, content };
      }
      case 'payment-recorded':
        if (!event.sections.buyer) return state;
        return { ...state, movements: [...state.movements, { id, ...event.sections.buyer.fields }] };
      case 'credit-note-recorded':
        if (!event.sections.buyer) return state;
        return { ...state, creditNotes: [...state.creditNotes, { id, ...event.sections.buyer.fields }] };
      case 'billing-corrected':
        if (!event.sections.buyer) return state;
        return { ...state, corrections: [...state.corrections, { id, ...event.sections.buyer.fields }] };
      default:
        return never(event);
    }
  },

  decide(command, state, moment) {
    if (command.type === 'record') return [recorded(command, state, moment)];
    const living = readable(state);
    switch (command.type) {
      case 'record-payment':
        return recordPayment(command, living, moment);
      case 'record-credit-note':
        return [recordCreditNote(command, living, moment)];
      case 'correct':
        return [correct(command, living, moment)];
      default:
        return never(command);
    }
  },
};

/** The movement that the provider names so, if it is recorded: a provider tells the same thing more than once. */
export function movementOf(
  state: Pick<Invoice, 'movements'>,
  { reference, movement }: Pick<RecordPayment, 'reference' | 'movement'>,
): RecordedMovement | undefined {
  return state.movements.find((one) => one.reference === reference && one.movement === movement);
}

function recorded({ person, content }: RecordInvoice, state: Invoice, { occurredAt }: Moment): PaymentsEvent {
  if (state.recorded) throw conflict('invoice-exists', 'this invoice has been recorded already');
  checkContent(content);
  return { type: 'invoice-recorded', facts: {}, sections: { buyer: { person, occurredAt, fields: content } } };
}

function readable(state: Invoice): LivingInvoice {
  if (!state.recorded) throw notFound('invoice-not-found', 'there is no such invoice');
  if (!state.content) throw new Refusal('gone', 'erased', 'this invoice has been erased');
  return { ...state, content: state.content };
}

function refuseAnnulled({ content, corrections }: LivingInvoice): void {
  if (standing([content], corrections).length === 0) {
    throw conflict('invoice-annulled', 'the record of this invoice was annulled');
  }
}

function recordPayment(command: RecordPayment, state: LivingInvoice, { occurredAt }: Moment): PaymentsEvent[] {
  const { type: _, ...fields } = command;
  const known = movementOf(state, command);
  if (known) {
    if (known.amount === command.amount && state.content.currency === command.currency) return [];
    throw conflict(
      'reference-reused',
      'this reference and movement are recorded with another amount; correct that record instead',
      '/reference',
    );
  }
  refuseAnnulled(state);
  checkInstalment(command, state.content);
  const { total, person } = state.content;
  const moved = standing(state.movements, state.corrections);
  const { captured, refunded } = accountOf(total, moved, []);
  if (command.movement === 'refunded' && command.amount > captured - refunded) {
    throw conflict(
      'refund-above-captured',
      'no more can be refunded than was captured and not yet refunded',
      '/amount',
    );
  }
  return [{ type: 'payment-recorded', facts: {}, sections: { buyer: { person, occurredAt, fields } } }];
}

function recordCreditNote(command: RecordCreditNote, state: LivingInvoice, { occurredAt }: Moment): PaymentsEvent {
  const { type: _, ...fields } = command;
  refuseAnnulled(state);
  checkNotEarlier(command.issuedOn, state.content.issuedOn);
  const creditNotes = standing(state.creditNotes, state.corrections);
  if (creditNotes.some(({ number }) => number === command.number)) {
    throw conflict('credit-note-exists', 'a credit note of this number is recorded already', '/number');
  }
  const { total, person } = state.content;
  if (command.amount > total - accountOf(total, [], creditNotes).credited) {
    throw conflict('credit-above-total', 'no more can be credited than the total that is not credited yet', '/amount');
  }
  return { type: 'credit-note-recorded', facts: {}, sections: { buyer: { person, occurredAt, fields } } };
}
