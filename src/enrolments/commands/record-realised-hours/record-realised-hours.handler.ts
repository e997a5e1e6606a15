import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { RecordRealisedHoursCommand } from './record-realised-hours.command';

@CommandHandler(RecordRealisedHoursCommand)
export class RecordRealisedHoursHandler implements ICommandHandler<RecordRealisedHoursCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, enrolment: id, hours }: RecordRealisedHoursCommand): Promise<RecordedThing> {
    const stream = `${enrolment.kind}-${id}`;
    return recordedThing(await this.recorder.execute(enrolment, stream, { type: 'record-hours', hours }, context));
  }
}
