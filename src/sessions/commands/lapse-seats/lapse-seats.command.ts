import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Releases held seats that nobody confirmed in time. */
export class LapseSeatsCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
  ) {
    super();
  }
}
