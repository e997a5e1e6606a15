import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A person that was found to be a duplicate of another. */
@Entity({ schema: 'read', name: 'person_merges' })
export class PersonMergeRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  person: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  mergedInto: string;

  @Column('timestamptz')
  recordedAt: string;
}
