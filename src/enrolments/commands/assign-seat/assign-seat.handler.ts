import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { AssignSeatCommand } from './assign-seat.command';

@CommandHandler(AssignSeatCommand)
export class AssignSeatHandler implements ICommandHandler<AssignSeatCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, seat, session }: AssignSeatCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(
      await this.recorder.execute(enrolment, stream, { type: 'assign-seat', seat, session }, context),
    );
  }
}
