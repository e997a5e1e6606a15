import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Choice } from '../domain/events';

/** One choice, with its proof. */
@Entity({ schema: 'read', name: 'consent_records' })
@Index(['organisation', 'person'])
export class ConsentRecordRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @Column('text')
  consent: string;

  @Column('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  purpose: string;

  @Column('text')
  choice: Choice;

  @Column('integer')
  policyVersion: number;

  @Column('text', { nullable: true })
  wording: string | null;

  @Column('text')
  channel: string;

  @Column('text')
  source: string;

  @Column('bigint')
  position: string;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;
}
