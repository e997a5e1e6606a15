import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { CorrectLearning } from '../../domain/commands';

export class CorrectLearningCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly correction: CorrectLearning,
  ) {
    super();
  }
}
