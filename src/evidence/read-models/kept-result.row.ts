import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A result kept as evidence, as it is now. */
@Entity({ schema: 'read', name: 'kept_results' })
@Index(['organisation', 'person'])
export class KeptResultRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  evidence: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  person: string;

  @Column('text')
  courseTitle: string;

  @Column('text')
  outcome: string;

  @Column('numeric', { nullable: true })
  hours: string | null;

  @Column('date')
  endedOn: string;

  @Column('text', { nullable: true })
  certification: string | null;

  @Column('timestamptz')
  recordedAt: string;
}
