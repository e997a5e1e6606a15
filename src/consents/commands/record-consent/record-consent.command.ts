import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { Answer } from '../../domain/consent';

export class RecordConsentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly answer: Answer,
  ) {
    super();
  }
}
