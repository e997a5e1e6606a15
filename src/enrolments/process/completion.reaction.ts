import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isId } from '@ardoise/format';
import type { Reaction } from '@ardoise/reactions';
import type { AnyOpened } from '@ardoise/sealing';
import { EndEnrolmentCommand } from '../commands/end-enrolment/end-enrolment.command';
import { Seating } from './seating';
import { cameTooLate, Steps } from './steps';

/** Whoever has achieved all that the course asks for has completed the enrolment. */
@Injectable()
export class CompletionReaction implements Reaction {
  readonly name = 'enrolment-completion';

  // The learning capability declares this event; what is known of it here is its name and one field.
  readonly on = { 'learning-finished': (event: AnyOpened) => this.complete(event) };

  constructor(
    private readonly commands: CommandBus,
    private readonly seating: Seating,
    private readonly steps: Steps,
  ) {}

  private async complete(event: AnyOpened): Promise<void> {
    const { learner } = event.sections;
    const { enrolment } = (learner?.fields ?? {}) as { readonly enrolment?: unknown };
    if (!learner || typeof enrolment !== 'string' || !isId(enrolment)) return;
    try {
      // Learning may be quicker than the decision on the seat.
      await this.seating.settle(event, enrolment);
      const context = await this.steps.context(event, 'complete-enrolment', learner.occurredAt);
      await this.commands.execute(new EndEnrolmentCommand(context, enrolment, 'completed', {}));
    } catch (error) {
      if (!cameTooLate(error)) throw error;
    }
  }
}
