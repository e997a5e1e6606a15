import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { invoice } from '../../domain/invoice';
import { RecordCreditNoteCommand } from './record-credit-note.command';

@CommandHandler(RecordCreditNoteCommand)
export class RecordCreditNoteHandler implements ICommandHandler<RecordCreditNoteCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, invoice: id, creditNote }: RecordCreditNoteCommand): Promise<RecordedThing> {
    const stream = `${invoice.kind}-${id}`;
    const command = { type: 'record-credit-note', ...creditNote } as const;
    return recordedThing(await this.recorder.execute(invoice, stream, command, context));
  }
}
