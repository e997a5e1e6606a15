import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'read', name: 'organisations' })
export class OrganisationRow {
  @PrimaryColumn('text')
  organisation: string;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('integer', { nullable: true })
  policy: number | null;

  @Column('text', { nullable: true })
  policyDigest: string | null;

  @Column('timestamptz')
  registeredAt: string;

  @Column('timestamptz', { nullable: true })
  policyAdoptedAt: string | null;
}
