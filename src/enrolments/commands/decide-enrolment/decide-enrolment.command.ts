import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { Decision } from '../../domain/events';

/** Says what the session has decided; by rule, not by anybody. */
export class DecideEnrolmentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly decision: Decision,
    readonly session: string | undefined,
  ) {
    super();
  }
}
