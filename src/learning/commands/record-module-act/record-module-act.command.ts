import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { RecordModuleAct } from '../../domain/commands';

export class RecordModuleActCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly deed: RecordModuleAct,
  ) {
    super();
  }
}
