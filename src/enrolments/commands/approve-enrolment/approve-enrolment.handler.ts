import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { ApproveEnrolmentCommand } from './approve-enrolment.command';

@CommandHandler(ApproveEnrolmentCommand)
export class ApproveEnrolmentHandler implements ICommandHandler<ApproveEnrolmentCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, by }: ApproveEnrolmentCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(await this.recorder.execute(enrolment, stream, { type: 'approve', by }, context));
  }
}
