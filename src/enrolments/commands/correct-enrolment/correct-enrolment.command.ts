import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { CorrectionRequest } from '../../domain/enrolment';

export class CorrectEnrolmentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly correction: CorrectionRequest,
  ) {
    super();
  }
}
