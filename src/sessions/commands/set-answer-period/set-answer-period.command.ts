import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Says how long whoever is promoted from the waiting list has to take the place. */
export class SetAnswerPeriodCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly hours: number,
  ) {
    super();
  }
}
