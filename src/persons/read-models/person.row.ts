import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a person is: of their account unit, as is the count of its events. */
@Entity({ schema: 'read', name: 'persons' })
export class PersonRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text', { array: true })
  kinds: string[];

  /** Years that the person certified to have reached. */
  @Column('integer', { nullable: true })
  certifiedAge: number | null;

  /** Events of the person's stream up to the last of this unit. */
  @Column('integer')
  version: number;

  @Column('timestamptz')
  recordedAt: string;
}
