import { accountOf, instalmentsOf } from '../domain/account';
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
export function invoiceView({ invoice, movements, corrections }: InvoiceRows, today: string): InvoiceView {
  const payments = movements.filter(({ movement }) => movement !== 'credited').map(paymentView);
  const creditNotes = movements.filter(({ movement }) => movement === 'credited').map(creditNoteView);
  const moved = payments.filter(({ annulled }) => !annulled);
  const credited = creditNotes.filter(({ annulled }) => !annulled);
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
    annulled: invoice.annulled,
    account: accountOf(Number(invoice.total), moved, credited),
    instalments: instalmentsOf(invoice.instalments, moved, credited, today),
    payments,
    creditNotes,
    corrections: corrections.map(({ event, corrects, action, reason, occurredAt }) => ({
      event,
      corrects,
      action,
      reason,
      occurredAt: instant(occurredAt),
    })),
  };
}

const instant = (value: string): string => new Date(value).toISOString();

function paymentView(row: InvoiceMovementRow): PaymentView {
  const { event, reference, instalment, method, annulled, occurredAt } = row;
  return {
    event,
    movement: row.movement as Movement,
    reference,
    amount: Number(row.amount),
    ...(instalment === null ? {} : { instalment }),
    ...(method === null ? {} : { method }),
    annulled,
    occurredAt: instant(occurredAt),
  };
}

function creditNoteView(row: InvoiceMovementRow): CreditNoteView {
  const { event, reference: number, amount, annulled, occurredAt } = row;
  const issuedOn = row.issuedOn ?? '';
  const reason = row.reason ?? '';
  return { event, number, issuedOn, amount: Number(amount), reason, annulled, occurredAt: instant(occurredAt) };
}
