import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { LearningDesk } from '../learning-desk';
import { RecordModuleActCommand } from './record-module-act.command';

@CommandHandler(RecordModuleActCommand)
export class RecordModuleActHandler implements ICommandHandler<RecordModuleActCommand> {
  constructor(private readonly desk: LearningDesk) {}

  execute({ context, enrolment, deed }: RecordModuleActCommand): Promise<RecordedThing> {
    return this.desk.recordOne(enrolment, deed, context);
  }
}
