import { Injectable } from '@nestjs/common';
import { processDecider, Recorder } from '@ardoise/decider';
import { type Offer, offer } from '../domain/offer';

export { placeOffered } from '../domain/offer-events';

/** An offer that waits for its answer. */
export interface OpenOffer extends Offer {
  readonly person: string;
}

const decider = processDecider(offer);

/** What other capabilities may ask of places that are offered, as the log has it. */
@Injectable()
export class OfferRegister {
  constructor(private readonly recorder: Recorder) {}

  /** The offer of a stream, while it waits for its answer. */
  async open(organisation: string, stream: string): Promise<OpenOffer | undefined> {
    const { known } = (await this.recorder.fold(decider, organisation, stream)).state.state;
    if (known?.phase !== 'open') return undefined;
    const { person, enrolment, session, seat, answerBy } = known;
    return { person, enrolment, session, seat, answerBy };
  }
}
