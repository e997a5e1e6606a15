import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { SessionOutline } from '../../domain/events';

export class OpenSessionCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly outline: SessionOutline,
  ) {
    super();
  }
}
