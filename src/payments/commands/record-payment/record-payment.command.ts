import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { RecordPayment } from '../../domain/invoice';

export class RecordPaymentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly invoice: string,
    readonly payment: Omit<RecordPayment, 'type'>,
  ) {
    super();
  }
}
