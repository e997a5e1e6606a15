import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { CorrectEnrolmentCommand } from './correct-enrolment.command';

@CommandHandler(CorrectEnrolmentCommand)
export class CorrectEnrolmentHandler implements ICommandHandler<CorrectEnrolmentCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, correction }: CorrectEnrolmentCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(await this.recorder.execute(enrolment, stream, { type: 'correct', correction }, context));
  }
}
