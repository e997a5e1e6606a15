import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { Outcome } from '../../domain/events';

export class EndEnrolmentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly outcome: Outcome,
    readonly end: {
      readonly endedOn?: string;
      readonly reason?: string;
      /** Ends it only while it waits in this session. */
      readonly waitingIn?: string;
    },
  ) {
    super();
  }
}
