import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One version of one profile value. The only read model that holds direct identity. */
@Entity({ schema: 'read', name: 'identities' })
@Index(['organisation', 'person'])
export class IdentityRow {
  @PrimaryColumn('text')
  organisation: string;

  /** The event that recorded it. */
  @PrimaryColumn('text')
  event: string;

  @Column('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  name: string;

  @Column('text')
  value: string;

  @Column('text', { nullable: true })
  corrects: string | null;

  @Column('text', { nullable: true })
  reason: string | null;

  @Column('text')
  source: string;

  /** Events of the person's stream up to this one. */
  @Column('integer')
  version: number;

  /** In the log: what tells the newest over several streams. */
  @Column('bigint')
  position: string;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;
}
