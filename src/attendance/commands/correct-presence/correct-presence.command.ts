import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { CorrectPresence } from '../../domain/attendance';

export class CorrectPresenceCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly correction: CorrectPresence,
  ) {
    super();
  }
}
