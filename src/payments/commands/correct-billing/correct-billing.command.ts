import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { CorrectBilling } from '../../domain/correction';

export class CorrectBillingCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly invoice: string,
    readonly correction: Omit<CorrectBilling, 'type'>,
  ) {
    super();
  }
}
