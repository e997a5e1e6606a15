import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Says that somebody may take part; a seat is then found by itself. */
export class ApproveEnrolmentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly by: string,
  ) {
    super();
  }
}
