import { UnitColumn } from '@ardoise/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** To whom something of a person was disclosed; of what was disclosed there are names only. */
@Entity({ schema: 'read', name: 'made_disclosures' })
@Index(['organisation', 'person'])
export class MadeDisclosureRow {
  @PrimaryColumn('text')
  organisation: string;

  /** Id of the event that records it. */
  @PrimaryColumn('text')
  disclosure: string;

  @UnitColumn()
  unit: string;

  @Column('text')
  person: string;

  @Column('text')
  recipient: string;

  @Column('text')
  recipientKind: string;

  @Column('text')
  ground: string;

  @Column('text', { nullable: true })
  purpose: string | null;

  @Column('text')
  event: string;

  @Column('text')
  eventType: string;

  @Column('jsonb')
  sections: readonly { readonly category: string; readonly fields: readonly string[] }[];

  @Column('timestamptz')
  recordedAt: string;
}
