import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { HoldSeatCommand } from './hold-seat.command';

@CommandHandler(HoldSeatCommand)
export class HoldSeatHandler implements ICommandHandler<HoldSeatCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, seat }: HoldSeatCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'hold-seat', seat }, context));
  }
}
