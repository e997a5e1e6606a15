import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { LineOutcome } from '@ardoise/http';
import type { Deed } from '../../domain/commands';

/** What a line of a batch asks for; the id of a new attempt is made where the line is recorded. */
export interface DeedLine {
  /** From 1. */
  readonly line: number;
  readonly idempotencyKey: string;
  readonly enrolment: string;
  readonly source?: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly occurredAt?: string;
  /** The line as it was given, to tell a repeated line from another under the same key. */
  readonly given: object;
  readonly deed: (newAttempt: string) => Deed;
}

/** Deeds of many enrolments, each with an outcome of its own, in the order of the lines. */
export class RecordLearningBatchCommand extends Command<LineOutcome[]> {
  constructor(
    /** Of the whole request; each line has its own key, instant and source. */
    readonly context: CommandContext,
    readonly lines: readonly DeedLine[],
  ) {
    super();
  }
}
