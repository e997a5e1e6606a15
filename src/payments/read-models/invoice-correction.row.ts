import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { UnitColumn } from '@ardoise/projections';
import type { CorrectionAction } from '../../platform/corrections';

/** What was said to be wrong of an invoice's records, for whoever asks why they stand as they do. */
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
  action: CorrectionAction;

  @Column('text')
  reason: string;

  @Column('timestamptz')
  occurredAt: string;

  /** Its place in the invoice's stream. */
  @Column('integer')
  version: number;
}
