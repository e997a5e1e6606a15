import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A presence as corrected, by the event that recorded it. */
@Entity({ schema: 'read', name: 'presences' })
@Index(['organisation', 'enrolment', 'arrivedAt'])
export class PresenceRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  event: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  enrolment: string;

  @Column('text')
  person: string;

  @Column('text', { nullable: true })
  session: string | null;

  @Column('timestamptz')
  arrivedAt: string;

  @Column('timestamptz', { nullable: true })
  leftAt: string | null;

  @Column('text', { nullable: true })
  halfDay: string | null;

  @Column('text')
  standing: string;

  /** What was decided of a parked presence: `accepted` or `refused`. */
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
  recordedAt: string;

  @Column('text')
  source: string;
}
