import { Injectable } from '@nestjs/common';
import { ProjectionRuntime } from '@ardoise/projections';
import { upon, type Reaction } from '@ardoise/reactions';
import type { AnyOpened } from '@ardoise/sealing';
import { DataSource } from 'typeorm';
import { seatHeld } from '../../sessions/seats';
import { EnrolmentSeatRow } from '../read-models/enrolment-seat.row';
import { Seating } from './seating';

/**
 * Whoever waited and was given a seat confirms it. The session does not know whose the seat is; the read model does,
 * once it has passed the event. A seat that leads nowhere is on its way to an enrolment, or its person was erased: then
 * it lapses.
 */
@Injectable()
export class PromotionReaction implements Reaction {
  readonly name = 'seat-promotion';

  readonly on = upon(seatHeld, ({ facts: { seat }, ...event }) => this.promote(event, seat));

  constructor(
    private readonly seating: Seating,
    private readonly projections: ProjectionRuntime,
    private readonly database: DataSource,
  ) {}

  private async promote(event: Pick<AnyOpened, 'organisation' | 'id' | 'position'>, seat: string): Promise<void> {
    const { organisation, position } = event;
    await this.projections.waitFor(organisation, position);
    const row = await this.database.getRepository(EnrolmentSeatRow).findOneBy({ organisation, seat });
    if (!row) return;
    const known = await this.seating.enrolment(organisation, row.enrolment);
    if (known?.state === 'waiting') await this.seating.settle(event, row.enrolment);
  }
}
