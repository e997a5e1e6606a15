import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { DecideParkedFact } from '../../domain/commands';

export class DecideParkedFactCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly decision: DecideParkedFact,
  ) {
    super();
  }
}
