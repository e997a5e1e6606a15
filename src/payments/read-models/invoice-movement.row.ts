import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { UnitColumn } from '@ardoise/projections';
import type { Movement } from '../domain/events';

/** A payment or a credit note by the event that recorded it, as it stands after its corrections. */
@Entity({ schema: 'read', name: 'invoice_movements' })
@Index(['organisation', 'invoice'])
export class InvoiceMovementRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  invoice: string;

  @Column('text')
  movement: Movement | 'credited';

  /** The provider's reference, or the credit note's number. */
  @Column('text')
  reference: string;

  @Column('bigint')
  amount: string;

  @Column('integer', { nullable: true })
  instalment: number | null;

  @Column('text', { nullable: true })
  method: string | null;

  /** Of a credit note. */
  @Column('date', { nullable: true })
  issuedOn: string | null;

  /** Of a credit note. */
  @Column('text', { nullable: true })
  reason: string | null;

  /** The record should not have been made; it counts for nothing. */
  @Column('boolean')
  annulled: boolean;

  @Column('timestamptz')
  occurredAt: string;

  /** Its place in the invoice's stream. */
  @Column('integer')
  version: number;
}
