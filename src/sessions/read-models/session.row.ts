import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A session as it stands. It concerns nobody: no unit. */
@Entity({ schema: 'read', name: 'sessions' })
@Index(['organisation', 'course'])
export class SessionRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  session: string;

  @Column('text')
  course: string;

  @Column('text')
  title: string;

  @Column('date')
  startsOn: string;

  @Column('date')
  endsOn: string;

  @Column('integer', { nullable: true })
  capacity: number | null;

  @Column('text')
  modality: string;

  @Column('text', { nullable: true })
  location: string | null;

  @Column('boolean')
  cancelled: boolean;

  /** Count of the session's events. */
  @Column('integer')
  version: number;

  @Column('timestamptz')
  recordedAt: string;
}
