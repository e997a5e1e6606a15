import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

export class ChangeStandingCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly act: 'suspend' | 'resume',
    readonly reason: string | undefined,
  ) {
    super();
  }
}
