import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { RecordPresence } from '../../domain/attendance';

export class RecordPresenceCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly presence: RecordPresence,
  ) {
    super();
  }
}
