import { Column, Entity, PrimaryColumn } from 'typeorm';
import { UnitColumn } from '@ardoise/projections';
import type { Buyer, InvoiceLine, Instalment } from '../domain/events';

/** An invoice as it was issued. Amounts are minor units; a `bigint` is a string here. */
@Entity({ schema: 'read', name: 'invoices' })
export class InvoiceRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  invoice: string;

  @UnitColumn()
  unit: string;

  /** The event that recorded it. */
  @Column('text')
  event: string;

  @Column('text')
  person: string;

  @Column('text')
  number: string;

  @Column('date')
  issuedOn: string;

  @Column('jsonb')
  buyer: Buyer;

  @Column('jsonb')
  lines: readonly InvoiceLine[];

  @Column('text')
  currency: string;

  @Column('bigint')
  total: string;

  @Column('jsonb')
  instalments: readonly Instalment[];

  /** The record should not have been made. */
  @Column('boolean')
  annulled: boolean;

  @Column('integer')
  version: number;

  @Column('timestamptz')
  recordedAt: string;
}
