import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { EnrolmentRequest } from '../../domain/enrolment';

export class RequestEnrolmentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly request: EnrolmentRequest,
  ) {
    super();
  }
}
