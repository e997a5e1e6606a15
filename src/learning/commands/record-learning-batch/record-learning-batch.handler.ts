import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { Json } from '@ardoise/format';
import { refusedLine, type LineOutcome } from '@ardoise/http';
import { LearningDesk, newAttempt, type LearningPlace } from '../learning-desk';
import { RecordLearningBatchCommand, type DeedLine } from './record-learning-batch.command';

/** Enrolments that are recorded at the same time. */
const lanes = 64;

@CommandHandler(RecordLearningBatchCommand)
export class RecordLearningBatchHandler implements ICommandHandler<RecordLearningBatchCommand> {
  constructor(private readonly desk: LearningDesk) {}

  async execute({ context, lines }: RecordLearningBatchCommand): Promise<LineOutcome[]> {
    const outcomes: LineOutcome[] = [];
    const byEnrolment = new Map<string, DeedLine[]>();
    for (const line of lines) {
      const known = byEnrolment.get(line.enrolment);
      if (known) known.push(line);
      else byEnrolment.set(line.enrolment, [line]);
    }
    const waiting = [...byEnrolment.values()];
    const lane = async (): Promise<void> => {
      for (let group = waiting.shift(); group; group = waiting.shift()) {
        outcomes.push(...(await this.recordGroup(context, group)));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return outcomes.sort((one, other) => one.line - other.line);
  }

  /** The lines of one enrolment are given to the recorder in their order, and at once: it gathers them. */
  private async recordGroup(context: CommandContext, group: readonly DeedLine[]): Promise<LineOutcome[]> {
    let place: LearningPlace;
    try {
      place = await this.desk.open(context.organisation, (group[0] as DeedLine).enrolment);
    } catch (error) {
      return group.map(({ line }) => refusedLine(line, error));
    }
    return Promise.all(group.map((line) => this.recordLine(context, place, line)));
  }

  private async recordLine(context: CommandContext, place: LearningPlace, line: DeedLine): Promise<LineOutcome> {
    try {
      const own = lineContext(context, line);
      const deed = line.deed(newAttempt(place, own));
      const { id, version, repeated, events } = await this.desk.record(place, deed, own);
      const recorded = { line: line.line, status: 200, id, version, events, ...(repeated ? { repeated } : {}) };
      if (deed.type === 'submit-attempt') return { ...recorded, attempt: deed.attempt };
      if (deed.type === 'grade-attempt') return { ...recorded, attempt: deed.attempt ?? deed.newAttempt };
      return recorded;
    } catch (error) {
      return refusedLine(line.line, error);
    }
  }
}

function lineContext(context: CommandContext, line: DeedLine): CommandContext {
  const { organisation, service, request } = context;
  const { to } = request as { to: string };
  return {
    organisation,
    commandId: line.idempotencyKey,
    ...(service === undefined ? {} : { service }),
    source: line.source ?? 'staff',
    request: { to, body: line.given as Json },
    ...(line.occurredAt === undefined ? {} : { occurredAt: line.occurredAt }),
  };
}
