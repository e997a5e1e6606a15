import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { CorrectBillingHandler } from './commands/correct-billing/correct-billing.handler';
import { CorrectBillingHttp } from './commands/correct-billing/correct-billing.http';
import { RecordCreditNoteHandler } from './commands/record-credit-note/record-credit-note.handler';
import { RecordCreditNoteHttp } from './commands/record-credit-note/record-credit-note.http';
import { RecordInvoiceHandler } from './commands/record-invoice/record-invoice.handler';
import { RecordInvoiceHttp } from './commands/record-invoice/record-invoice.http';
import { RecordPaymentHandler } from './commands/record-payment/record-payment.handler';
import { RecordPaymentHttp } from './commands/record-payment/record-payment.http';
import { paymentsEvents } from './domain/events';
import { invoice } from './domain/invoice';
import { InvoiceReading } from './queries/invoice-reading';
import { Invoices } from './queries/invoices';
import { InvoicesHttp } from './queries/invoices.http';
import { KeptInvoices } from './queries/kept-invoices';
import { PersonPaymentsHttp } from './queries/person-payments.http';
import { invoicesProjection } from './read-models/invoices.projection';

@Module({
  controllers: [
    InvoicesHttp,
    PersonPaymentsHttp,
    RecordInvoiceHttp,
    RecordPaymentHttp,
    RecordCreditNoteHttp,
    CorrectBillingHttp,
  ],
  providers: [
    RecordInvoiceHandler,
    RecordPaymentHandler,
    RecordCreditNoteHandler,
    CorrectBillingHandler,
    InvoiceReading,
    Invoices,
    KeptInvoices,
  ],
  exports: [Invoices],
})
export class PaymentsModule {}

export const payments: Capability = {
  name: 'payments',
  events: paymentsEvents,
  projections: [invoicesProjection],
  reactions: [],
  deciders: [invoice],
  participants: [KeptInvoices],
  module: PaymentsModule,
};
