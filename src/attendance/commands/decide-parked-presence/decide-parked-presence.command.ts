import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { DecideParkedPresence } from '../../domain/attendance';

export class DecideParkedPresenceCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly decision: DecideParkedPresence,
  ) {
    super();
  }
}
