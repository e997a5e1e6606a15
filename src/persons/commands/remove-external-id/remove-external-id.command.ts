import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { ExternalId } from '../../domain/events';

export class RemoveExternalIdCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly externalId: ExternalId,
  ) {
    super();
  }
}
