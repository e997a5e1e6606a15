import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { invoice, movementOf } from '../../domain/invoice';
import { RecordPaymentCommand } from './record-payment.command';

@CommandHandler(RecordPaymentCommand)
export class RecordPaymentHandler implements ICommandHandler<RecordPaymentCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, invoice: id, payment }: RecordPaymentCommand): Promise<RecordedThing> {
    const stream = `${invoice.kind}-${id}`;
    const outcome = await this.recorder.execute(invoice, stream, { type: 'record-payment', ...payment }, context);
    const thing = recordedThing(outcome);
    if (outcome.events.length > 0) return thing;
    // The provider told it before, under another command: the first record is the answer.
    const first = movementOf(outcome.state, payment);
    return { ...thing, repeated: true, events: first ? [first.id] : [] };
  }
}
