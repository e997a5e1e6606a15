import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { NewProfileValue } from '../../domain/person';

export class RecordProfileValueCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly value: NewProfileValue,
  ) {
    super();
  }
}
