import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { CourseDefinition } from '../../domain/events';

export class CreateCourseCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly definition: CourseDefinition,
  ) {
    super();
  }
}
