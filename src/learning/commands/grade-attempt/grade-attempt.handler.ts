import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LearningDesk, newAttempt } from '../learning-desk';
import type { RecordedAttempt } from '../recorded-attempt';
import { GradeAttemptCommand } from './grade-attempt.command';

@CommandHandler(GradeAttemptCommand)
export class GradeAttemptHandler implements ICommandHandler<GradeAttemptCommand> {
  constructor(private readonly desk: LearningDesk) {}

  async execute({ context, enrolment, grade }: GradeAttemptCommand): Promise<RecordedAttempt> {
    const place = await this.desk.open(context.organisation, enrolment);
    const saying = { ...grade, newAttempt: newAttempt(place, context) };
    const thing = await this.desk.record(place, saying, context);
    return { ...thing, attempt: saying.attempt ?? saying.newAttempt };
  }
}
