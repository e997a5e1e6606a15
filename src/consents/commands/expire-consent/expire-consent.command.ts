import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';

export class ExpireConsentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly consent: string,
    readonly channel: string,
  ) {
    super();
  }
}
