import { invalid } from '@ardoise/decider';
import { lineAmount, sum } from './amounts';
import type { Buyer, InvoiceLine, Instalment } from './events';

/** An invoice as issued. */
export interface InvoiceContent {
  readonly number: string;
  readonly issuedOn: string;
  readonly buyer: Buyer;
  readonly lines: readonly InvoiceLine[];
  readonly currency: string;
  readonly total: number;
  readonly instalments: readonly Instalment[];
}

/** An invoice's sums must hold before it is kept for ten years. @throws Refusal */
export function checkContent({ lines, total, instalments }: InvoiceContent): void {
  if (lines.length === 0) throw invalid('lines-missing', 'an invoice has at least one line', '/lines');
  lines.forEach(checkLine);
  if (sum(lines.map(({ amount }) => amount)) !== total) {
    throw invalid('total-wrong', "must be the sum of the lines' amounts", '/total');
  }
  if (instalments.length === 0) return;
  if (sum(instalments.map(({ amount }) => amount)) !== total) {
    throw invalid('instalments-wrong', 'the amounts of the instalments must add up to the total', '/instalments');
  }
  instalments.forEach(({ dueOn }, index) => {
    const before = instalments[index - 1];
    if (before && before.dueOn > dueOn) {
      throw invalid(
        'instalments-not-in-order',
        'instalments stand in the order of their days',
        `/instalments/${index}`,
      );
    }
  });
}

function checkLine({ quantity, unitAmount, amount, from, to }: InvoiceLine, index: number): void {
  if (lineAmount(quantity, unitAmount) !== BigInt(amount)) {
    throw invalid(
      'line-amount-wrong',
      'must be the quantity times the unit amount, rounded half up to whole minor units',
      `/lines/${index}/amount`,
    );
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw invalid('line-dates-reversed', 'must not be before the first day', `/lines/${index}/to`);
  }
}

/** A movement is in the invoice's currency and pays an instalment that the invoice has. @throws Refusal */
export function checkInstalment(
  movement: { readonly currency?: string; readonly instalment?: number },
  invoice: { readonly currency: string; readonly instalments: number },
): void {
  if (movement.currency !== undefined && movement.currency !== invoice.currency) {
    throw invalid('currency-differs', "must be the invoice's currency", '/currency');
  }
  if (movement.instalment !== undefined && movement.instalment > invoice.instalments) {
    throw invalid('instalment-not-found', 'must be the number of one of the instalments, from 1', '/instalment');
  }
}

/** What corrects or credits an invoice is not older than it. @throws Refusal */
export function checkNotEarlier(issuedOn: string, invoiceIssuedOn: string): void {
  if (issuedOn < invoiceIssuedOn) {
    throw invalid('credit-note-before-invoice', "must not be before the invoice's day of issue", '/issuedOn');
  }
}
