import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

export class AssignTrainerCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly person: string,
    readonly role: string,
  ) {
    super();
  }
}
