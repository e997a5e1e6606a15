import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

export class ReleaseTrainerCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly assignment: string,
  ) {
    super();
  }
}
