import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { DecideEnrolmentCommand } from './decide-enrolment.command';

@CommandHandler(DecideEnrolmentCommand)
export class DecideEnrolmentHandler implements ICommandHandler<DecideEnrolmentCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, decision, session }: DecideEnrolmentCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(
      await this.recorder.execute(
        enrolment,
        stream,
        { type: 'decide', decision, ...(session === undefined ? {} : { session }), by: 'rule' },
        context,
      ),
    );
  }
}
