import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { LapseSeatsCommand } from './lapse-seats.command';

@CommandHandler(LapseSeatsCommand)
export class LapseSeatsHandler implements ICommandHandler<LapseSeatsCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id }: LapseSeatsCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'lapse-seats' }, context));
  }
}
