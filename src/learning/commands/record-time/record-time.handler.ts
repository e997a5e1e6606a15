import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { LearningDesk } from '../learning-desk';
import { RecordTimeCommand } from './record-time.command';

@CommandHandler(RecordTimeCommand)
export class RecordTimeHandler implements ICommandHandler<RecordTimeCommand> {
  constructor(private readonly desk: LearningDesk) {}

  execute({ context, enrolment, time }: RecordTimeCommand): Promise<RecordedThing> {
    return this.desk.recordOne(enrolment, time, context);
  }
}
