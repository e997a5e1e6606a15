import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Says whether somebody who waited takes the place that they were offered. */
export class AnswerOfferCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly answer: 'accepted' | 'declined',
  ) {
    super();
  }
}
