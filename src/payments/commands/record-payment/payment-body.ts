import { CommandBody, Currency, Int, OneOf, Text } from '@ardoise/http';
import { movements, type Movement } from '../../domain/events';
import type { RecordPayment } from '../../domain/invoice';
import { mostInstalments, mostMinorUnits } from '../invoice-body';

/** A movement of money as the payment provider reports it; never anything of a card. */
export class PaymentBody extends CommandBody {
  @OneOf(movements)
  movement: Movement;

  @Text({ max: 200, description: "The provider's reference of the movement; the same one is recorded once." })
  reference: string;

  @Int({ min: 1, max: mostMinorUnits, description: 'In minor units.' })
  amount: number;

  @Currency({ description: "The invoice's." })
  currency: string;

  @Int({ optional: true, min: 1, max: mostInstalments, description: 'Which instalment it pays, from 1.' })
  instalment?: number;

  @Text({ optional: true, max: 50, description: 'Means of payment, such as "transfer" or "card".' })
  method?: string;
}

export function paymentOf(body: PaymentBody): Omit<RecordPayment, 'type'> {
  const { movement, reference, amount, currency, instalment, method } = body;
  return {
    movement,
    reference,
    amount,
    currency,
    ...(instalment === undefined ? {} : { instalment }),
    ...(method === undefined ? {} : { method }),
  };
}
