import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { InvoiceContent } from '../../domain/checks';

export class RecordInvoiceCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly content: InvoiceContent,
  ) {
    super();
  }
}
