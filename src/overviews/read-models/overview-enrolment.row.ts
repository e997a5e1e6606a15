import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An enrolment as a course's overview counts it. */
@Entity({ schema: 'read', name: 'overview_enrolments' })
@Index(['organisation', 'course'])
export class OverviewEnrolmentRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  enrolment: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  course: string;

  /** As the enrolment is now; once it has ended, its outcome. */
  @Column('text')
  state: string;

  /** It had a place once. */
  @Column('boolean')
  confirmed: boolean;
}
