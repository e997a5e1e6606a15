import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { invoice } from '../../domain/invoice';
import { RecordInvoiceCommand } from './record-invoice.command';

@CommandHandler(RecordInvoiceCommand)
export class RecordInvoiceHandler implements ICommandHandler<RecordInvoiceCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, person, content }: RecordInvoiceCommand): Promise<RecordedThing> {
    const stream = await this.recorder.newStream(invoice.kind, context);
    return recordedThing(await this.recorder.execute(invoice, stream, { type: 'record', person, content }, context));
  }
}
