import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A fact about a module as a course's overview counts it, by the event that recorded it. */
@Entity({ schema: 'read', name: 'overview_modules' })
@Index(['organisation', 'course'])
export class OverviewModuleRow {
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
  module: string;

  /** How far the fact shows that the learner came: 1 opened, 2 started, 3 completed. */
  @Column('smallint')
  reached: number;

  @Column('integer')
  seconds: number;

  @Column('boolean')
  counted: boolean;
}
