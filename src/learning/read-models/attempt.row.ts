import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index } from 'typeorm';
import { FactColumns } from './learning-fact.row';

/** An attempt submitted, or graded: two facts of one attempt are two rows. */
@Entity({ schema: 'read', name: 'attempts' })
@Index(['organisation', 'enrolment'])
@Index(['organisation', 'person'])
export class AttemptRow extends FactColumns {
  @UnitColumn()
  unit: string;

  /** `submitted` or `graded`. */
  @Column('text')
  kind: string;

  @Column('text')
  attempt: string;

  @Column('text')
  assessment: string;

  @Column('numeric', { nullable: true })
  score: string | null;

  @Column('numeric', { nullable: true })
  maximum: string | null;

  @Column('boolean', { nullable: true })
  passed: boolean | null;

  @Column('timestamptz', { nullable: true })
  submittedAt: string | null;
}
