import { Injectable } from '@nestjs/common';
import { foldEvents, Recorder } from '@ardoise/decider';
import { upon, type Reaction } from '@ardoise/reactions';
import { enrolment } from '../domain/enrolment';
import { enrolmentCorrected, enrolmentEnded, enrolmentMoved, type EnrolmentOpened } from '../domain/events';
import { isEnded } from '../domain/transitions';
import { Seating } from './seating';

/** The seat of an enrolment that ended or moved goes back to its session, whatever the outcome: a seat tells none. */
@Injectable()
export class ReleaseReaction implements Reaction {
  readonly name = 'seat-release';

  readonly on = {
    ...upon(enrolmentEnded, (event) => this.ended(event)),
    ...upon(enrolmentCorrected, (event) => this.ended(event)),
    ...upon(enrolmentMoved, (event) => this.moved(event)),
  };

  constructor(
    private readonly seating: Seating,
    private readonly recorder: Recorder,
  ) {}

  private async ended(event: EnrolmentOpened): Promise<void> {
    const id = event.stream.slice(-32);
    const known = await this.seating.enrolment(event.organisation, id);
    // Its end may have been annulled since: then the seat is its own again.
    if (!known || !isEnded(known.state) || known.session === undefined) return;
    await this.seating.release(event, id, known.session, event.sections.learner?.occurredAt);
  }

  private async moved(event: EnrolmentOpened): Promise<void> {
    const { organisation, stream } = event;
    const { state, events } = await this.recorder.load(enrolment, organisation, stream);
    const earlier = events.filter(({ version }) => version < event.version);
    const before = foldEvents(enrolment, enrolment.initialState(), earlier).known?.session;
    // It may have moved back since.
    if (before === undefined || !state.known || before === state.known.session) return;
    await this.seating.release(event, stream.slice(-32), before, event.sections.learner?.occurredAt);
  }
}
