import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Funder } from '../domain/events';

/** An enrolment as it stands, all of it from the enrolment's one unit. */
@Entity({ schema: 'read', name: 'enrolments' })
@Index(['organisation', 'person'])
@Index(['organisation', 'session'])
@Index(['organisation', 'course'])
export class EnrolmentRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  enrolment: string;

  @Column('text')
  person: string;

  @Column('text')
  course: string;

  @Column('text', { nullable: true })
  session: string | null;

  @Column('text')
  state: string;

  @Column('text')
  traineeKind: string;

  @Column('jsonb')
  funders: readonly Funder[];

  @Column('numeric', { nullable: true })
  plannedHours: string | number | null;

  @Column('numeric', { nullable: true })
  realisedHours: string | number | null;

  @Column('timestamptz')
  requestedAt: string;

  @Column('text', { nullable: true })
  outcome: string | null;

  @Column('date', { nullable: true })
  endedOn: string | null;

  /** Count of the enrolment's events. */
  @Column('integer')
  version: number;

  @UnitColumn()
  unit: string;
}
