import {
  currency,
  day,
  defineEvent,
  flag,
  id,
  integer,
  list,
  number,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';
import { correctionActions } from '../../platform/corrections';

export const movements = ['captured', 'failed', 'refunded'] as const;
/** What a correction can be about. */
export const correctables = ['invoice', 'payment', 'credit-note'] as const;

/** Whole minor units of the currency. */
const amount = integer(0);

const buyerType = record({
  name: text(200),
  address: optional(text(500)),
  /** Number in a register of companies, as printed (SIRET in France). */
  registration: optional(text(50)),
});

const lineType = record({
  label: text(300),
  courseTitle: optional(text(200)),
  from: optional(day()),
  to: optional(day()),
  quantity: number(),
  unitAmount: amount,
  amount,
});

const instalmentType = record({ dueOn: day(), amount });

export type Buyer = ValueOf<typeof buyerType>;
export type InvoiceLine = ValueOf<typeof lineType>;
export type Instalment = ValueOf<typeof instalmentType>;
export type Movement = (typeof movements)[number];

/**
 * An invoice as the billing system issued it, whole: it stays a document when the account is gone. It names the course
 * as printed and never the enrolment or the session: references point from what dies first to what survives.
 */
export const invoiceRecorded = defineEvent({
  type: 'invoice-recorded',
  schema: 1,
  stream: 'invoice',
  facts: {},
  sections: {
    buyer: {
      category: 'billing',
      fields: {
        number: text(100),
        issuedOn: day(),
        buyer: buyerType,
        lines: list(lineType),
        currency: currency(),
        total: amount,
        instalments: list(instalmentType),
      },
    },
  },
});

/** What the payment provider said of a movement of money. Never anything of a card. */
export const paymentRecorded = defineEvent({
  type: 'payment-recorded',
  schema: 1,
  stream: 'invoice',
  facts: {},
  sections: {
    buyer: {
      category: 'billing',
      fields: {
        /** The provider's reference of the movement. */
        reference: text(200),
        movement: oneOf(movements),
        amount,
        currency: currency(),
        /** Which instalment of the invoice it pays, from 1. */
        instalment: optional(integer(1)),
        method: optional(text(50)),
      },
    },
  },
});

export const creditNoteRecorded = defineEvent({
  type: 'credit-note-recorded',
  schema: 1,
  stream: 'invoice',
  facts: {},
  sections: {
    buyer: {
      category: 'billing',
      fields: { number: text(100), issuedOn: day(), amount, reason: text(1000) },
    },
  },
});

const resultType = record({
  /** The record should not have been made; it counts for nothing. */
  annulled: flag(),
  amount: optional(amount),
  instalment: optional(integer(1)),
  method: optional(text(50)),
});

/** What a record says after all of its corrections: of a payment its amount, instalment and means as well. */
export type CorrectedRecord = ValueOf<typeof resultType>;

/**
 * An earlier record of the invoice was wrong; the invoice's own content is never altered. The result is said whole, so
 * that readers need not remember the events before it.
 */
export const billingCorrected = defineEvent({
  type: 'billing-corrected',
  schema: 1,
  stream: 'invoice',
  facts: {},
  sections: {
    buyer: {
      category: 'billing',
      fields: {
        corrects: id(),
        action: oneOf(correctionActions),
        amount: optional(amount),
        instalment: optional(integer(1)),
        method: optional(text(50)),
        reason: text(1000),
        /** The record that it comes to, where `corrects` names a correction of it, and what that is. */
        fact: id(),
        record: oneOf(correctables),
        result: resultType,
      },
    },
    /** The member of staff who corrected it. */
    author: { category: 'staff', fields: {}, optional: true },
  },
});

export const paymentsEvents = [invoiceRecorded, paymentRecorded, creditNoteRecorded, billingCorrected] as const;

export type PaymentsEvent = EventOf<(typeof paymentsEvents)[number]>;
export type PaymentsOpened = OpenedOf<(typeof paymentsEvents)[number]>;
