import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A document, without its name: that can say who the person is, and is read from the log where it is asked for. */
@Entity({ schema: 'read', name: 'documents' })
@Index(['organisation', 'person', 'recordedAt'])
export class DocumentRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  document: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  person: string;

  @Column('text')
  kind: string;

  @Column('text')
  mediaType: string;

  /** Bytes of the content. */
  @Column('bigint')
  length: string;

  @Column('text', { nullable: true })
  enrolment: string | null;

  @Column('text', { nullable: true })
  session: string | null;

  @Column('boolean')
  withdrawn: boolean;

  @Column('timestamptz')
  occurredAt: string;

  @Column('timestamptz')
  recordedAt: string;
}
