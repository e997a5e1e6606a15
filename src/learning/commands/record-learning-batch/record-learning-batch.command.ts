import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { BatchLine, LineOutcome } from '@ardoise/http';
import type { LineKind } from './batch-lines';

/** Lines of many enrolments, each with an outcome of its own, in the order of the lines. */
export class RecordLearningBatchCommand extends Command<LineOutcome[]> {
  constructor(
    /** Of the whole request; each line has its own key, instant and source. */
    readonly context: CommandContext,
    readonly lines: readonly BatchLine[],
    readonly kinds: readonly LineKind[],
  ) {
    super();
  }
}
