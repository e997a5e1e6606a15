import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A seat that was assigned to an enrolment at some time: the only way from a session's seat to whom it is for. */
@Entity({ schema: 'read', name: 'enrolment_seats' })
@Index(['organisation', 'person'])
export class EnrolmentSeatRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  seat: string;

  @Column('text')
  enrolment: string;

  @Column('text')
  person: string;

  @Column('text')
  session: string;

  @UnitColumn()
  unit: string;
}
