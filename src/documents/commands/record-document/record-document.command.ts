import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { DocumentDescription } from '../../domain/document';

export class RecordDocumentCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly person: string,
    readonly description: DocumentDescription,
    /** Read once. */
    readonly content: AsyncIterable<Uint8Array>,
  ) {
    super();
  }
}
