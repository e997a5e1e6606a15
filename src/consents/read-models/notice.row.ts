import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A notice that somebody has seen. */
@Entity({ schema: 'read', name: 'notices' })
@Index(['organisation', 'person'])
export class NoticeRow {
  @PrimaryColumn('text')
  organisation: string;

  /** Id of its stream. */
  @PrimaryColumn('text')
  seen: string;

  @Column('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  notice: string;

  @Column('integer')
  policyVersion: number;

  @Column('text')
  channel: string;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;
}
