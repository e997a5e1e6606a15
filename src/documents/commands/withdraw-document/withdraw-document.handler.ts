import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { document } from '../../domain/document';
import { WithdrawDocumentCommand } from './withdraw-document.command';

@CommandHandler(WithdrawDocumentCommand)
export class WithdrawDocumentHandler implements ICommandHandler<WithdrawDocumentCommand> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ context, document: id, withdrawal }: WithdrawDocumentCommand): Promise<RecordedThing> {
    return recordedThing(await this.recorder.execute(document, `${document.kind}-${id}`, withdrawal, context));
  }
}
