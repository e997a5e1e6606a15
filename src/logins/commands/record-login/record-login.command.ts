import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { Login } from '../../domain/login-day';

export class RecordLoginCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly login: Login,
  ) {
    super();
  }
}
