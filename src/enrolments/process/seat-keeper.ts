import { Injectable } from '@nestjs/common';
import type { ErasureParticipant } from '../../platform/capability';
import { Seats } from '../../sessions/seats';
import { EnrolmentRegister } from '../queries/enrolment-register';
import { Steps } from './steps';

/** An erased person's seats go to those who wait. */
@Injectable()
export class SeatKeeper implements ErasureParticipant {
  constructor(
    private readonly register: EnrolmentRegister,
    private readonly seats: Seats,
    private readonly steps: Steps,
  ) {}

  async release(organisation: string, persons: readonly string[]): Promise<void> {
    for (const { session, seat } of await this.register.seatsOf(organisation, persons)) {
      const context = await this.steps.context({ organisation, id: seat }, 'release-seat');
      await this.seats.release(context, session, seat);
    }
  }
}
