import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { AssignTrainerCommand } from './assign-trainer.command';

@CommandHandler(AssignTrainerCommand)
export class AssignTrainerHandler implements ICommandHandler<AssignTrainerCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, session: id, person, role }: AssignTrainerCommand): Promise<RecordedThing> {
    const stream = `${session.kind}-${id}`;
    return recordedThing(
      await this.recorder.execute(session, stream, { type: 'assign-trainer', person, role }, context),
    );
  }
}
