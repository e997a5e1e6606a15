import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { ReleaseSeatCommand } from './release-seat.command';

@CommandHandler(ReleaseSeatCommand)
export class ReleaseSeatHandler implements ICommandHandler<ReleaseSeatCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, seat, heldUntil }: ReleaseSeatCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    const command = { type: 'release-seat', seat, ...(heldUntil === undefined ? {} : { heldUntil }) } as const;
    return recordedThing(await this.recorder.execute(session, stream, command, context));
  }
}
