import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A seat that somebody has or waits for; whose, nothing here says: no unit. */
@Entity({ schema: 'read', name: 'seats' })
@Index(['state', 'lapsesAt'])
export class SeatRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  session: string;

  @PrimaryColumn('text')
  seat: string;

  /** held, confirmed or queued. */
  @Column('text')
  state: string;

  @Column('timestamptz', { nullable: true })
  lapsesAt: string | null;
}
