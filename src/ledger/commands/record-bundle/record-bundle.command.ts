import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import type { LedgerEvent } from '../../domain/events';

/** Records that a bundle is given out, before it is. */
export class RecordBundleCommand extends Command<RecordedThing> {
  constructor(
    readonly context: CommandContext,
    readonly facts: LedgerEvent['facts'],
  ) {
    super();
  }
}
