import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { CourseCatalogue } from '../../../courses/queries/course-catalogue';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { session } from '../../domain/session';
import { OpenSessionCommand } from './open-session.command';

@CommandHandler(OpenSessionCommand)
export class OpenSessionHandler implements ICommandHandler<OpenSessionCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly courses: CourseCatalogue,
  ) {}

  async execute({ context, outline }: OpenSessionCommand): Promise<RecordedThing> {
    await this.courses.definition(context.organisation, outline.course);
    const stream = await this.recorder.newStream(session.kind, context);
    return recordedThing(await this.recorder.execute(session, stream, { type: 'open', outline }, context));
  }
}
