import {
  accountOf,
  instalmentsOf,
  standing,
  standingOf,
  type RecordedCorrection,
  type RecordedMovement,
} from '../domain/account';
import type { Movement } from '../domain/events';
import type { InvoiceCorrectionRow } from '../read-models/invoice-correction.row';
import type { InvoiceMovementRow } from '../read-models/invoice-movement.row';
import type { InvoiceRow } from '../read-models/invoice.row';
import type { CreditNoteView, InvoiceView, PaymentView } from './invoice.view';

/** The rows of one invoice, movements and corrections in the order in which they were recorded. */
export interface InvoiceRows {
  readonly invoice: InvoiceRow;
  readonly movements: readonly InvoiceMovementRow[];
  readonly corrections: readonly InvoiceCorrectionRow[];
}

/** @param today day in the organisation's time zone. */
export function invoiceView(rows: InvoiceRows, today: string): InvoiceView {
  const { invoice, movements } = rows;
  const corrections = rows.corrections.map(recordedCorrection);
  const payments = movements.filter(({ movement }) => movement !== 'credited');
  const creditNotes = movements.filter(({ movement }) => movement === 'credited');
  const moved = standing(payments.map(recordedMovement), corrections);
  const credited = standing(creditNotes.map(recordedMovement), corrections);
  return {
    id: invoice.invoice,
    version: invoice.version,
    event: invoice.event,
    person: invoice.person,
    number: invoice.number,
    issuedOn: invoice.issuedOn,
    buyer: invoice.buyer,
    lines: invoice.lines,
    currency: invoice.currency,
    annulled: standingOf(invoice.event, corrections).annulled,
    account: accountOf(Number(invoice.total), moved, credited),
    instalments: instalmentsOf(invoice.instalments, moved, credited, today),
    payments: payments.map((row) => paymentView(row, corrections)),
    creditNotes: creditNotes.map((row) => creditNoteView(row, corrections)),
    corrections: rows.corrections.map(({ event, corrects, action, reason, occurredAt }) => ({
      event,
      corrects,
      action,
      reason,
      occurredAt: instant(occurredAt),
    })),
  };
}

const instant = (value: string): string => new Date(value).toISOString();

function recordedMovement(row: InvoiceMovementRow): RecordedMovement {
  const { event: id, reference, instalment, method } = row;
  return {
    id,
    reference,
    movement: row.movement as Movement,
    amount: Number(row.amount),
    ...(instalment === null ? {} : { instalment }),
    ...(method === null ? {} : { method }),
  };
}

function recordedCorrection(row: InvoiceCorrectionRow): RecordedCorrection {
  const { event: id, corrects, action, amount, instalment, method } = row;
  return {
    id,
    corrects,
    action,
    ...(amount === null ? {} : { amount: Number(amount) }),
    ...(instalment === null ? {} : { instalment }),
    ...(method === null ? {} : { method }),
  };
}

function paymentView(row: InvoiceMovementRow, corrections: readonly RecordedCorrection[]): PaymentView {
  const { id: event, ...recorded } = recordedMovement(row);
  const { annulled, changes } = standingOf(event, corrections);
  return { event, ...recorded, ...changes, annulled, occurredAt: instant(row.occurredAt) };
}

function creditNoteView(row: InvoiceMovementRow, corrections: readonly RecordedCorrection[]): CreditNoteView {
  const { event, reference: number, occurredAt } = row;
  return {
    event,
    number,
    issuedOn: row.issuedOn ?? '',
    amount: Number(row.amount),
    reason: row.reason ?? '',
    annulled: standingOf(event, corrections).annulled,
    occurredAt: instant(occurredAt),
  };
}
