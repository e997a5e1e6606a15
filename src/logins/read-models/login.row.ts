import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'read', name: 'logins' })
@Index(['organisation', 'person', 'occurredAt'])
export class LoginRow {
  @PrimaryColumn('text')
  organisation: string;

  /** The event that recorded it. */
  @PrimaryColumn('text')
  login: string;

  @Column('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('date')
  day: string;

  @Column('text')
  address: string;

  @Column('text', { nullable: true })
  device: string | null;

  @Column('text', { nullable: true })
  browser: string | null;

  @Column('text', { nullable: true })
  operatingSystem: string | null;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;
}
