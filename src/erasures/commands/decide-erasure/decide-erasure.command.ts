import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** A person asks to be erased, or somebody for them: decided per category, carried out by itself. */
export class DecideErasureCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    /** Day the request was received, YYYY-MM-DD. */
    readonly requestedOn?: string,
  ) {
    super();
  }
}
