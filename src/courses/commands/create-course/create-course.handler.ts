import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { course } from '../../domain/course';
import { CreateCourseCommand } from './create-course.command';

@CommandHandler(CreateCourseCommand)
export class CreateCourseHandler implements ICommandHandler<CreateCourseCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, definition }: CreateCourseCommand): Promise<RecordedThing> {
    const stream = await this.recorder.newStream(course.kind, context);
    return recordedThing(await this.recorder.execute(course, stream, { type: 'create', definition }, context));
  }
}
