import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { ChangeStandingCommand } from './change-standing.command';

@CommandHandler(ChangeStandingCommand)
export class ChangeStandingHandler implements ICommandHandler<ChangeStandingCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, act, reason }: ChangeStandingCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(
      await this.recorder.execute(
        enrolment,
        stream,
        { type: 'change-standing', act, ...(reason === undefined ? {} : { reason }) },
        context,
      ),
    );
  }
}
