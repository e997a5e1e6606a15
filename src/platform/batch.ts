import type { CommandContext } from '@ardoise/decider';
import type { Json } from '@ardoise/format';
import {
  commandIdOf,
  linesOf,
  occurredAtOf,
  ProblemError,
  readLine,
  refusedLine,
  type BatchLine,
  type LineOutcome,
} from '@ardoise/http';
import type { RecordedThing } from './recorded-thing';

/** What every line of a batch says besides its command's own fields. */
interface BatchRow {
  /** A UUID; the same key always means the same command. */
  readonly idempotencyKey: string;
  readonly occurredAt?: string;
  readonly source?: string;
}

export interface Batch<Row> {
  /** NDJSON. */
  readonly body: unknown;
  /** Of the request as a whole. */
  readonly context: CommandContext;
  readonly now: Date;
  readonly type: new () => Row;
  run(row: Row, context: CommandContext): Promise<RecordedThing>;
}

/** Enough for the store to gather appends, few enough that a long batch does not take every connection. */
const atOnce = 64;

/** Carries out each line as a command of its own; one that is refused does not fail its neighbours. Gives NDJSON. */
export async function runBatch<Row extends BatchRow>(batch: Batch<Row>): Promise<string> {
  if (typeof batch.body !== 'string') {
    throw new ProblemError(415, 'media-type-unsupported', 'the body must be application/x-ndjson');
  }
  const lines = linesOf(batch.body);
  const outcomes: LineOutcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < lines.length; index = next++) {
      outcomes[index] = await outcomeOf(batch, lines[index] as BatchLine);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, lines.length) }, work));
  return outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join('');
}

async function outcomeOf<Row extends BatchRow>(batch: Batch<Row>, line: BatchLine): Promise<LineOutcome> {
  try {
    const row = await readLine(batch.type, line);
    const { id, version, repeated } = await batch.run(row, contextOf(batch, row));
    return { line: line.line, status: 201, id, version, ...(repeated ? { repeated } : {}) };
  } catch (error) {
    return refusedLine(line.line, error);
  }
}

function contextOf<Row extends BatchRow>({ context, now }: Batch<Row>, row: Row): CommandContext {
  const { idempotencyKey, ...content } = row;
  const { organisation, service } = context;
  const { to } = context.request as { to: string };
  return {
    organisation,
    commandId: commandIdOf(idempotencyKey),
    source: row.source ?? context.source,
    request: { to, body: content as unknown as Json },
    ...(service === undefined ? {} : { service }),
    ...(row.occurredAt === undefined ? {} : { occurredAt: occurredAtOf(row.occurredAt, now) }),
  };
}
