import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { LearningDesk } from '../learning-desk';
import { CorrectLearningCommand } from './correct-learning.command';

@CommandHandler(CorrectLearningCommand)
export class CorrectLearningHandler implements ICommandHandler<CorrectLearningCommand> {
  constructor(private readonly desk: LearningDesk) {}

  execute({ context, enrolment, correction }: CorrectLearningCommand): Promise<RecordedThing> {
    return this.desk.recordOne(enrolment, correction, context);
  }
}
