import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An external id that a person has. */
@Entity({ schema: 'read', name: 'external_ids' })
export class ExternalIdRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  person: string;

  @PrimaryColumn('text')
  system: string;

  /** In Unicode's composed form, as it is compared. */
  @PrimaryColumn('text')
  externalId: string;

  @UnitColumn()
  unit: string;

  @Column('timestamptz')
  recordedAt: string;
}
