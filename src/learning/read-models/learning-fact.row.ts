import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is the same of every fact of somebody's learning; one row for a fact, by the event that recorded it. */
export abstract class FactColumns {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @Column('text')
  enrolment: string;

  @Column('text')
  course: string;

  @Column('text')
  person: string;

  @Column('text')
  standing: string;

  /** What was decided of a parked fact: `accepted` or `refused`. */
  @Column('text', { nullable: true })
  decision: string | null;

  @Column('boolean')
  annulled: boolean;

  @Column('boolean')
  corrected: boolean;

  /** Neither annulled nor parked without being accepted. */
  @Column('boolean')
  counted: boolean;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;

  /** Place in the stream: the order of facts of one instant. */
  @Column('integer')
  version: number;

  @Column('text')
  source: string;
}

/** A module opened, started or completed, time spent on it; and the learning finished. */
@Entity({ schema: 'read', name: 'learning_facts' })
@Index(['organisation', 'enrolment'])
@Index(['organisation', 'person'])
export class LearningFactRow extends FactColumns {
  @UnitColumn()
  unit: string;

  /** `opened`, `started`, `completed`, `time`, `finished`. */
  @Column('text')
  kind: string;

  @Column('text', { nullable: true })
  module: string | null;

  @Column('text', { nullable: true })
  resource: string | null;

  @Column('integer', { nullable: true })
  seconds: number | null;
}
