import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Keeps a held seat for good. */
export class ConfirmSeatCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly seat: string,
  ) {
    super();
  }
}
