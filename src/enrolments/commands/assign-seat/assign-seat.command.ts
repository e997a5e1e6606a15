import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

/** Seals which seat is this enrolment's. */
export class AssignSeatCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly seat: string,
    readonly session: string,
  ) {
    super();
  }
}
