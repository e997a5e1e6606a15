import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { CancelSessionCommand } from './cancel-session.command';

@CommandHandler(CancelSessionCommand)
export class CancelSessionHandler implements ICommandHandler<CancelSessionCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id }: CancelSessionCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(await this.recorder.execute(session, stream, { type: 'cancel' }, context));
  }
}
