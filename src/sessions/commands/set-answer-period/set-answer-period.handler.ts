import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { SetAnswerPeriodCommand } from './set-answer-period.command';

@CommandHandler(SetAnswerPeriodCommand)
export class SetAnswerPeriodHandler implements ICommandHandler<SetAnswerPeriodCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, hours }: SetAnswerPeriodCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'set-answer-period', hours }, context));
  }
}
