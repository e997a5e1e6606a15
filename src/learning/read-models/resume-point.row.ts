import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index } from 'typeorm';
import { FactColumns } from './learning-fact.row';

/** Where a learner stopped; the one in force is the latest by its own instant, for a late one must not win. */
@Entity({ schema: 'read', name: 'resume_points' })
@Index(['organisation', 'enrolment', 'occurredAt'])
export class ResumePointRow extends FactColumns {
  @UnitColumn()
  unit: string;

  @Column('text')
  module: string;

  @Column('text', { nullable: true })
  resource: string | null;

  @Column('text')
  point: string;
}
