import { CommandBody, Id, Int, Nested, OneOf, Text } from '@ardoise/http';
import type { CorrectBilling } from '../../domain/correction';
import { correctionActions } from '../../../platform/corrections';
import { mostInstalments, mostMinorUnits } from '../invoice-body';

export class BillingChangesBody {
  @Int({ optional: true, min: 1, max: mostMinorUnits, description: 'In minor units of the invoice.' })
  amount?: number;

  @Int({ optional: true, min: 1, max: mostInstalments })
  instalment?: number;

  @Text({ optional: true, max: 50 })
  method?: string;
}

export class BillingCorrectionBody extends CommandBody {
  @Id({ description: 'The event that was wrong: an invoice, a payment, a credit note or a correction.' })
  event: string;

  @OneOf(correctionActions, {
    description: '"corrected": a payment, with what is right in `changes`; "annulled": a record made by mistake.',
  })
  action: (typeof correctionActions)[number];

  @Nested(() => BillingChangesBody, { optional: true })
  changes?: BillingChangesBody;

  @Text({ max: 1000 })
  reason: string;

  @Id({ optional: true, description: 'The member of staff who corrects.' })
  author?: string;
}

export function correctionOf(body: BillingCorrectionBody): Omit<CorrectBilling, 'type'> {
  const { event, action, changes = {}, reason, author } = body;
  return { event, action, changes: { ...changes }, reason, ...(author === undefined ? {} : { author }) };
}
