import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiCommand, OneOf, ProblemError, Text } from '@ardoise/http';
import { type DismissalReason, dismissalReasons } from '@ardoise/process-manager';
import { ProcessManagers } from '../../platform/process-managers';

class ProcessLetterBody {
  @Text({ max: 100, description: 'Stream of the process that stands still.' })
  stream: string;

  @Text({ max: 100, description: 'What it stands still at, as it is listed, so that nothing else is meant.' })
  standsAt: string;
}

class ProcessDismissalBody extends ProcessLetterBody {
  @OneOf(dismissalReasons, { description: 'Why it is let go; it stays on record.' })
  reason: DismissalReason;
}

class ProcessLetterCountView {
  @ApiProperty({ type: 'integer' })
  count: number;
}

/** What to do with what a process could not take. */
@ApiTags('processes')
@Controller('v1/organisations/:organisation/processes/:process/dead-letter')
export class ProcessLetterHttp {
  constructor(private readonly processes: ProcessManagers) {}

  @Post('retry')
  @HttpCode(200)
  @ApiCommand({
    summary: 'Let a process try again what it stands still at',
    answers: ProcessLetterCountView,
  })
  async retry(
    @Param('organisation') organisation: string,
    @Param('process') process: string,
    @Body() { stream, standsAt }: ProcessLetterBody,
  ): Promise<ProcessLetterCountView> {
    const count = await this.processes.running().retry(organisation, process, stream, standsAt);
    if (count === 0) throw another();
    return { count };
  }

  @Post('dismissal')
  @HttpCode(200)
  @ApiCommand({
    summary:
      'Let it go: a step counts as refused, and the process takes back what it did before; of an event it is not told',
    answers: ProcessLetterCountView,
  })
  async dismiss(
    @Param('organisation') organisation: string,
    @Param('process') process: string,
    @Body() { stream, standsAt, reason }: ProcessDismissalBody,
  ): Promise<ProcessLetterCountView> {
    const letter = { organisation, process, stream, standsAt };
    if (!(await this.processes.running().dismiss(letter, reason))) throw another();
    return { count: 1 };
  }
}

function another(): ProblemError {
  return new ProblemError(
    409,
    'dead-letter-another',
    'the process does not stand still at this, or it can only be tried again',
    [{ at: '/standsAt', detail: 'must be what the process is listed to stand still at: a step or an event' }],
  );
}
