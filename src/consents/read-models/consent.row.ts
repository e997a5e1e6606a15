import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Choice } from '../domain/events';

/** One consent as it stands. */
@Entity({ schema: 'read', name: 'consents' })
@Index(['organisation', 'person'])
export class ConsentRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  consent: string;

  @Column('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  purpose: string;

  @Column('text')
  choice: Choice;

  /** When the last choice was made. */
  @Column('timestamptz')
  occurredAt: string;

  @Column('integer')
  version: number;
}
