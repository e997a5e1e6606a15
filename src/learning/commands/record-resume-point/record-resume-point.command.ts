import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { RecordResumePoint } from '../../domain/commands';

export class RecordResumePointCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly enrolment: string,
    readonly point: RecordResumePoint,
  ) {
    super();
  }
}
