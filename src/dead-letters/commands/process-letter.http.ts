import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiCommand, OneOf, ProblemError, Text } from '@ardoise/http';
import { type DismissalReason, dismissalReasons } from '@ardoise/process-manager';
import { ProcessManagers } from '../../platform/process-managers';
import { ProcessDeadLettersView, processDeadLetterView, processDismissalView } from '../queries/process.view';

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

/** What to do with what a process could not take. */
@ApiTags('processes')
@Controller('v1/organisations/:organisation/processes/:process/dead-letter')
export class ProcessLetterHttp {
  constructor(private readonly processes: ProcessManagers) {}

  @Post('retry')
  @HttpCode(200)
  @ApiCommand({
    summary: 'Let a process try again what it stands still at',
    answers: ProcessDeadLettersView,
  })
  async retry(
    @Param('organisation') organisation: string,
    @Param('process') process: string,
    @Body() { stream, standsAt }: ProcessLetterBody,
  ): Promise<ProcessDeadLettersView> {
    const letters = await this.processes.running().deadLetters(organisation);
    const found = letters.some((one) => one.process === process && one.stream === stream && one.standsAt === standsAt);
    if (!found) throw another();
    await this.processes.running().retry(organisation, process, stream);
    return this.view(organisation);
  }

  @Post('dismissal')
  @HttpCode(200)
  @ApiCommand({
    summary:
      'Let it go: a step counts as refused, and the process takes back what it did before; of an event it is not told',
    answers: ProcessDeadLettersView,
  })
  async dismiss(
    @Param('organisation') organisation: string,
    @Param('process') process: string,
    @Body() { stream, standsAt, reason }: ProcessDismissalBody,
  ): Promise<ProcessDeadLettersView> {
    const letter = { organisation, process, stream, standsAt };
    if (!(await this.processes.running().dismiss(letter, reason))) throw another();
    return this.view(organisation);
  }

  private async view(organisation: string): Promise<ProcessDeadLettersView> {
    const runtime = this.processes.running();
    const [letters, dismissed] = [await runtime.deadLetters(organisation), await runtime.dismissals(organisation)];
    return { deadLetters: letters.map(processDeadLetterView), dismissed: dismissed.map(processDismissalView) };
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
