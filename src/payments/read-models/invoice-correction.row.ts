import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { UnitColumn } from '@ardoise/projections';
import type { correctionActions } from '../domain/events';

/** What was said to be wrong of an invoice's records; a correction can be corrected, so each stays a row. */
@Entity({ schema: 'read', name: 'invoice_corrections' })
@Index(['organisation', 'invoice'])
export class InvoiceCorrectionRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  invoice: string;

  @Column('text')
  corrects: string;

  @Column('text')
  action: (typeof correctionActions)[number];

  @Column('bigint', { nullable: true })
  amount: string | null;

  @Column('integer', { nullable: true })
  instalment: number | null;

  @Column('text', { nullable: true })
  method: string | null;

  @Column('text')
  reason: string;

  @Column('timestamptz')
  occurredAt: string;

  /** Its place in the invoice's stream. */
  @Column('integer')
  version: number;
}
