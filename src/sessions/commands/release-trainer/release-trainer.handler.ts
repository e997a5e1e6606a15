import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { ReleaseTrainerCommand } from './release-trainer.command';

@CommandHandler(ReleaseTrainerCommand)
export class ReleaseTrainerHandler implements ICommandHandler<ReleaseTrainerCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, assignment }: ReleaseTrainerCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(
      await this.recorder.execute(session, stream, { type: 'release-trainer', assignment }, context),
    );
  }
}
