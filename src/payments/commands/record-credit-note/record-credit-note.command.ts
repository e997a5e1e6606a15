import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { RecordCreditNote } from '../../domain/invoice';

export class RecordCreditNoteCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly invoice: string,
    readonly creditNote: Omit<RecordCreditNote, 'type'>,
  ) {
    super();
  }
}
