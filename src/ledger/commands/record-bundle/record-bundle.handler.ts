import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { bundle } from '../../domain/bundle';
import { RecordBundleCommand } from './record-bundle.command';

@CommandHandler(RecordBundleCommand)
export class RecordBundleHandler implements ICommandHandler<RecordBundleCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, facts }: RecordBundleCommand): Promise<RecordedThing> {
    const stream = await this.recorder.newStream(bundle.kind, context);
    return recordedThing(await this.recorder.execute(bundle, stream, { type: 'export', facts }, context));
  }
}
