import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute } from '@ardoise/http';
import { ProcessManagers } from '../../platform/process-managers';
import { ProcessDeadLettersView, processDeadLetterView, processDismissalView } from './process.view';

/** Processes that stand still at what they cannot take, each alone. */
@ApiTags('processes')
@Controller('v1/organisations/:organisation/processes/dead-letters')
export class ProcessesHttp {
  constructor(private readonly processes: ProcessManagers) {}

  @Get()
  @ApiQueryRoute({
    summary: 'The dead letters that processes stand still at, and those let go',
    answers: ProcessDeadLettersView,
  })
  async all(@Param('organisation') organisation: string): Promise<ProcessDeadLettersView> {
    const runtime = this.processes.running();
    const [letters, dismissed] = [await runtime.deadLetters(organisation), await runtime.dismissals(organisation)];
    return { deadLetters: letters.map(processDeadLetterView), dismissed: dismissed.map(processDismissalView) };
  }
}
