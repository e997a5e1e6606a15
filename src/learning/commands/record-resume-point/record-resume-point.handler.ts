import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { LearningDesk } from '../learning-desk';
import { RecordResumePointCommand } from './record-resume-point.command';

@CommandHandler(RecordResumePointCommand)
export class RecordResumePointHandler implements ICommandHandler<RecordResumePointCommand> {
  constructor(private readonly desk: LearningDesk) {}

  execute({ context, enrolment, point }: RecordResumePointCommand): Promise<RecordedThing> {
    return this.desk.recordOne(enrolment, point, context);
  }
}
