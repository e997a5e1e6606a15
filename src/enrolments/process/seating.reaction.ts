import { Injectable } from '@nestjs/common';
import { upon, type Reaction } from '@ardoise/reactions';
import { enrolmentApproved, enrolmentCorrected, enrolmentMoved, type EnrolmentOpened } from '../domain/events';
import { Seating } from './seating';

/** Whoever was approved, transferred, or whose end was annulled gets a seat or a place on the waiting list. */
@Injectable()
export class SeatingReaction implements Reaction {
  readonly name = 'enrolment-seating';

  readonly on = {
    ...upon(enrolmentApproved, (event) => this.settle(event)),
    ...upon(enrolmentMoved, (event) => this.settle(event)),
    ...upon(enrolmentCorrected, (event) => this.settle(event)),
  };

  constructor(private readonly seating: Seating) {}

  private settle(event: EnrolmentOpened): Promise<void> {
    return this.seating.settle(event, event.stream.slice(-32));
  }
}
