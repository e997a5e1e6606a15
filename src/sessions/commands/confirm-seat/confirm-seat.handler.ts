import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { ConfirmSeatCommand } from './confirm-seat.command';

@CommandHandler(ConfirmSeatCommand)
export class ConfirmSeatHandler implements ICommandHandler<ConfirmSeatCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, seat }: ConfirmSeatCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'confirm-seat', seat }, context));
  }
}
