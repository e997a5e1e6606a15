import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedAttempt } from '../recorded-attempt';

export class SubmitAttemptCommand extends Command<RecordedAttempt> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly assessment: string,
  ) {
    super();
  }
}
