import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { course } from '../../domain/course';
import { ReviseCourseCommand } from './revise-course.command';

@CommandHandler(ReviseCourseCommand)
export class ReviseCourseHandler implements ICommandHandler<ReviseCourseCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, course: id, definition }: ReviseCourseCommand): Promise<RecordedThing> {
    const stream = `${course.kind}-${id}`;
    return recordedThing(await this.recorder.execute(course, stream, { type: 'revise', definition }, context));
  }
}
