import { when, type Projection, type RowWriter } from '@ardoise/projections';
import {
  billingCorrected,
  creditNoteRecorded,
  invoiceRecorded,
  paymentRecorded,
  type PaymentsOpened,
} from '../domain/events';
import { InvoiceCorrectionRow } from './invoice-correction.row';
import { InvoiceMovementRow } from './invoice-movement.row';
import { InvoiceRow } from './invoice.row';

type Opened<T extends PaymentsOpened['type']> = Extract<PaymentsOpened, { readonly type: T }>;
type InStream = Pick<PaymentsOpened, 'organisation' | 'stream' | 'version'>;

const idOf = ({ stream }: Pick<InStream, 'stream'>): string => stream.slice(-32);

/** The invoice's version counts every event of its stream. */
function count({ organisation, stream, version }: InStream, write: RowWriter): void {
  write.patch(InvoiceRow, { organisation, invoice: idOf({ stream }) }, { version: version + 1 });
}

function record(event: Opened<'invoice-recorded'>, write: RowWriter): void {
  const { buyer: section } = event.sections;
  if (!section) return;
  const { number, issuedOn, buyer, lines, currency, total, instalments } = section.fields;
  write.put(InvoiceRow, {
    organisation: event.organisation,
    invoice: idOf(event),
    unit: section.unit,
    event: event.id,
    person: section.person,
    number,
    issuedOn,
    buyer,
    lines,
    currency,
    total: String(total),
    instalments,
    annulled: false,
    version: event.version + 1,
    recordedAt: event.recordedAt,
  });
}

function pay(event: Opened<'payment-recorded'>, write: RowWriter): void {
  count(event, write);
  const { buyer: section } = event.sections;
  if (!section) return;
  const { reference, movement, amount, instalment, method } = section.fields;
  write.put(InvoiceMovementRow, {
    organisation: event.organisation,
    event: event.id,
    unit: section.unit,
    invoice: idOf(event),
    movement,
    reference,
    amount: String(amount),
    instalment: instalment ?? null,
    method: method ?? null,
    issuedOn: null,
    reason: null,
    annulled: false,
    occurredAt: section.occurredAt,
    version: event.version,
  });
}

function credit(event: Opened<'credit-note-recorded'>, write: RowWriter): void {
  count(event, write);
  const { buyer: section } = event.sections;
  if (!section) return;
  const { number, issuedOn, amount, reason } = section.fields;
  write.put(InvoiceMovementRow, {
    organisation: event.organisation,
    event: event.id,
    unit: section.unit,
    invoice: idOf(event),
    movement: 'credited',
    reference: number,
    amount: String(amount),
    instalment: null,
    method: null,
    issuedOn,
    reason,
    annulled: false,
    occurredAt: section.occurredAt,
    version: event.version,
  });
}

function correct(event: Opened<'billing-corrected'>, write: RowWriter): void {
  count(event, write);
  const { buyer: section } = event.sections;
  if (!section) return;
  const { organisation } = event;
  const { corrects, action, reason, fact, record: kind, result } = section.fields;
  const { annulled, amount, instalment, method } = result;
  if (kind === 'invoice') write.patch(InvoiceRow, { organisation, invoice: idOf(event) }, { annulled });
  else if (kind === 'credit-note') write.patch(InvoiceMovementRow, { organisation, event: fact }, { annulled });
  else {
    const changes = { instalment: instalment ?? null, method: method ?? null };
    const paid = amount === undefined ? {} : { amount: String(amount) };
    write.patch(InvoiceMovementRow, { organisation, event: fact }, { annulled, ...changes, ...paid });
  }
  write.put(InvoiceCorrectionRow, {
    organisation,
    event: event.id,
    unit: section.unit,
    invoice: idOf(event),
    corrects,
    action,
    reason,
    occurredAt: section.occurredAt,
    version: event.version,
  });
}

export const invoicesProjection: Projection = {
  name: 'invoices',
  version: 1,
  tables: [InvoiceRow, InvoiceMovementRow, InvoiceCorrectionRow],
  on: {
    ...when(invoiceRecorded, record),
    ...when(paymentRecorded, pay),
    ...when(creditNoteRecorded, credit),
    ...when(billingCorrected, correct),
    // Recorded by an erasure into what it keeps; in a stream that is no invoice there is no row to change.
    'kept-until-recorded': count,
  },
};
