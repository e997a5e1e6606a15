import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Gives a seat back, or leaves the queue. */
export class ReleaseSeatCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly session: string,
    readonly seat: string,
    /** RFC 3339; only while it is held until then. */
    readonly heldUntil?: string,
  ) {
    super();
  }
}
