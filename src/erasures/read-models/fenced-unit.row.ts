import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which event ended a unit. Ids without a person: nothing personal. */
@Entity({ schema: 'read', name: 'fenced_units' })
export class FencedUnitRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  endedUnit: string;

  @Column('text')
  event: string;

  /** Where that stands in the log. */
  @Column('bigint', { nullable: true })
  position: string | null;

  @Column('text')
  cause: string;

  @Column('timestamptz')
  recordedAt: string;
}
