import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { invoice } from '../../domain/invoice';
import { CorrectBillingCommand } from './correct-billing.command';

@CommandHandler(CorrectBillingCommand)
export class CorrectBillingHandler implements ICommandHandler<CorrectBillingCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, invoice: id, correction }: CorrectBillingCommand): Promise<RecordedThing> {
    const stream = `${invoice.kind}-${id}`;
    return recordedThing(await this.recorder.execute(invoice, stream, { type: 'correct', ...correction }, context));
  }
}
