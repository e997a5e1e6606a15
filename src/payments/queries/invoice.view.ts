import { ApiProperty } from '@nestjs/swagger';
import { BuyerBody, InvoiceLineBody } from '../commands/invoice-body';
import { movements, type Buyer, type InvoiceLine, type Movement } from '../domain/events';
import { correctionActions } from '../../platform/corrections';

export class AccountView {
  @ApiProperty({ type: 'integer' })
  total: number;

  @ApiProperty({ type: 'integer' })
  captured: number;

  @ApiProperty({ type: 'integer' })
  refunded: number;

  @ApiProperty({ type: 'integer' })
  credited: number;

  @ApiProperty({ type: 'integer', description: 'Still to be paid; negative where more was paid than owed.' })
  balance: number;
}

export class InstalmentView {
  @ApiProperty({ type: 'integer', description: 'From 1.' })
  instalment: number;

  @ApiProperty({ format: 'date' })
  dueOn: string;

  @ApiProperty({ type: 'integer' })
  amount: number;

  @ApiProperty({ type: 'integer' })
  paid: number;

  @ApiProperty({ enum: ['paid', 'partly-paid', 'due', 'overdue'] })
  state: string;
}

class MovementView {
  @ApiProperty({ description: 'The event that recorded it; a correction names it.' })
  event: string;

  @ApiProperty({ type: 'integer', description: 'In minor units, as it stands after corrections.' })
  amount: number;

  @ApiProperty({ description: 'The record was made by mistake; it counts for nothing.' })
  annulled: boolean;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;
}

export class PaymentView extends MovementView {
  @ApiProperty({ enum: movements })
  movement: Movement;

  @ApiProperty({ description: "The provider's." })
  reference: string;

  @ApiProperty({ type: 'integer', required: false })
  instalment?: number;

  @ApiProperty({ required: false })
  method?: string;
}

export class CreditNoteView extends MovementView {
  @ApiProperty()
  number: string;

  @ApiProperty({ format: 'date' })
  issuedOn: string;

  @ApiProperty()
  reason: string;
}

export class BillingCorrectionView {
  @ApiProperty()
  event: string;

  @ApiProperty({ description: 'The event that was wrong.' })
  corrects: string;

  @ApiProperty({ enum: correctionActions })
  action: string;

  @ApiProperty()
  reason: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;
}

export class KeptView {
  @ApiProperty({ description: 'Why it is kept beyond the erasure of its person.' })
  ground: string;

  @ApiProperty({ format: 'date-time' })
  until: string;
}

export class InvoiceView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ description: 'The event that recorded it.' })
  event: string;

  @ApiProperty()
  person: string;

  @ApiProperty()
  number: string;

  @ApiProperty({ format: 'date' })
  issuedOn: string;

  @ApiProperty({ type: BuyerBody })
  buyer: Buyer;

  @ApiProperty({ type: [InvoiceLineBody] })
  lines: readonly InvoiceLine[];

  @ApiProperty()
  currency: string;

  @ApiProperty({ description: 'The record was made by mistake; it counts for nothing.' })
  annulled: boolean;

  @ApiProperty({ type: AccountView, description: 'In minor units.' })
  account: AccountView;

  @ApiProperty({ type: [InstalmentView] })
  instalments: InstalmentView[];

  @ApiProperty({ type: [PaymentView] })
  payments: PaymentView[];

  @ApiProperty({ type: [CreditNoteView] })
  creditNotes: CreditNoteView[];

  @ApiProperty({ type: [BillingCorrectionView] })
  corrections: BillingCorrectionView[];

  @ApiProperty({ type: KeptView, required: false, description: 'Where its person was erased.' })
  kept?: KeptView;
}
