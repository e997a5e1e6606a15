import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, linesOf, ProblemError } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import { progressKinds, readDeeds, resultKinds, type LineKind } from './batch-lines';
import { RecordLearningBatchCommand } from './record-learning-batch.command';

const ndjson = 'application/x-ndjson';

@ApiTags('learning')
@Controller('v1/organisations/:organisation')
export class RecordLearningBatchHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  @Post('progress/batch')
  @HttpCode(200)
  @Header('content-type', ndjson)
  @ApiConsumes(ndjson)
  @ApiProduces(ndjson)
  @ApiBody({ schema: { type: 'string' }, description: describe(progressKinds, 'time-records') })
  @ApiCommand({ summary: 'Record the progress of many learners, with an outcome for each line' })
  progress(@Context() context: CommandContext, @Body() body: unknown): Promise<string> {
    return this.record(context, body, progressKinds);
  }

  @Post('results/batch')
  @HttpCode(200)
  @Header('content-type', ndjson)
  @ApiConsumes(ndjson)
  @ApiProduces(ndjson)
  @ApiBody({ schema: { type: 'string' }, description: describe(resultKinds, 'grades') })
  @ApiCommand({ summary: 'Record submissions and grades of many learners, with an outcome for each line' })
  results(@Context() context: CommandContext, @Body() body: unknown): Promise<string> {
    return this.record(context, body, resultKinds);
  }

  private async record(context: CommandContext, body: unknown, kinds: readonly LineKind[]): Promise<string> {
    if (typeof body !== 'string') throw new ProblemError(415, 'media-type-unsupported', `the body must be ${ndjson}`);
    const { deeds, refused } = await readDeeds(linesOf(body), kinds, this.clock.now());
    const recorded = await this.commands.execute(new RecordLearningBatchCommand(context, deeds));
    const outcomes = [...refused, ...recorded].sort((one, other) => one.line - other.line);
    return outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join('');
  }
}

function describe(kinds: readonly string[], route: string): string {
  return (
    `One JSON object a line: idempotencyKey (a UUID), enrolment, kind (${kinds.join(', ')}), ` +
    `and what the route of that kind takes (for example …/enrolments/{enrolment}/${route}).`
  );
}
