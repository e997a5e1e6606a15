import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LearningDesk, newAttempt } from '../learning-desk';
import type { RecordedAttempt } from '../recorded-attempt';
import { SubmitAttemptCommand } from './submit-attempt.command';

@CommandHandler(SubmitAttemptCommand)
export class SubmitAttemptHandler implements ICommandHandler<SubmitAttemptCommand> {
  constructor(private readonly desk: LearningDesk) {}

  async execute({ context, enrolment, assessment }: SubmitAttemptCommand): Promise<RecordedAttempt> {
    const place = await this.desk.open(context.organisation, enrolment);
    const attempt = newAttempt(place, context);
    const thing = await this.desk.record(place, { type: 'submit-attempt', assessment, attempt }, context);
    return { ...thing, attempt };
  }
}
