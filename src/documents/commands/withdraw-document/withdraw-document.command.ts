import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { WithdrawDocument } from '../../domain/document';

export class WithdrawDocumentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly document: string,
    readonly withdrawal: WithdrawDocument,
  ) {
    super();
  }
}
