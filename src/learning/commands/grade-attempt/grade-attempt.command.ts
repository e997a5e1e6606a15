import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { GradeAttempt } from '../../domain/commands';
import type { RecordedAttempt } from '../recorded-attempt';

export class GradeAttemptCommand extends Command<RecordedAttempt> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly grade: Omit<GradeAttempt, 'newAttempt'>,
  ) {
    super();
  }
}
