import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { Registration } from '../../domain/profile';

export class RegisterPersonCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly registration: Registration,
  ) {
    super();
  }
}
