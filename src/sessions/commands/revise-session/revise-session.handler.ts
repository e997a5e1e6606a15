import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { ReviseSessionCommand } from './revise-session.command';

@CommandHandler(ReviseSessionCommand)
export class ReviseSessionHandler implements ICommandHandler<ReviseSessionCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, revision }: ReviseSessionCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'revise', revision }, context));
  }
}
