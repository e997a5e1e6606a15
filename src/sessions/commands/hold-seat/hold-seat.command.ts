import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Asks for a seat: held when one is free, queued otherwise. */
export class HoldSeatCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly seat: string,
  ) {
    super();
  }
}
