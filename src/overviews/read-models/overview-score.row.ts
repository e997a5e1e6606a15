import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A graded attempt as a course's overview counts it, by the event of the grade. */
@Entity({ schema: 'read', name: 'overview_scores' })
@Index(['organisation', 'course'])
export class OverviewScoreRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  course: string;

  @Column('text')
  person: string;

  @Column('text')
  assessment: string;

  @Column('numeric')
  score: string;

  @Column('numeric')
  maximum: string;

  @Column('boolean')
  passed: boolean;

  @Column('boolean')
  counted: boolean;
}
