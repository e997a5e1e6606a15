import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A trainer of a session, by the event that assigned. */
@Entity({ schema: 'read', name: 'session_trainers' })
@Index(['organisation', 'session'])
export class SessionTrainerRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  assignment: string;

  @Column('text')
  session: string;

  @Column('text')
  person: string;

  @Column('text')
  role: string;

  @UnitColumn()
  unit: string;
}
