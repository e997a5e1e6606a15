import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, cursorOf, defaultLimit, type Page, pageOf, PageQuery } from '@ardoise/http';
import { ProcessManagers } from '../../platform/process-managers';
import {
  ProcessDeadLetterView,
  processDeadLetterView,
  ProcessDismissalView,
  processDismissalView,
} from './process.view';

/** Processes that stand still at what they cannot take, each alone, and what was let go. */
@ApiTags('processes')
@Controller('v1/organisations/:organisation/processes')
export class ProcessesHttp {
  constructor(private readonly processes: ProcessManagers) {}

  @Get('dead-letters')
  @ApiQueryRoute({
    summary: 'The dead letters that processes stand still at, the latest first',
    answers: ProcessDeadLetterView,
    list: true,
  })
  async deadLetters(
    @Param('organisation') organisation: string,
    @Query() { limit = defaultLimit, after }: PageQuery,
  ): Promise<Page<ProcessDeadLetterView>> {
    const cursor = cursorOf(after, isInstant, isWord, isWord);
    const [failedAt, process, stream] = cursor ?? [];
    const letters = await this.processes.running().deadLetters(organisation, {
      limit: limit + 1,
      ...(cursor ? { after: { failedAt: new Date(failedAt!), process: process!, stream: stream! } } : {}),
    });
    return pageOf(letters, limit, processDeadLetterView, (one) => [
      one.failedAt.toISOString(),
      one.process,
      one.stream,
    ]);
  }

  @Get('dismissals')
  @ApiQueryRoute({
    summary: 'Dead letters of processes that somebody let go, the latest first',
    answers: ProcessDismissalView,
    list: true,
  })
  async dismissals(
    @Param('organisation') organisation: string,
    @Query() { limit = defaultLimit, after }: PageQuery,
  ): Promise<Page<ProcessDismissalView>> {
    const cursor = cursorOf(after, isInstant, isWord, isWord, isWord);
    const [dismissedAt, process, stream, standsAt] = cursor ?? [];
    const dismissals = await this.processes.running().dismissals(organisation, {
      limit: limit + 1,
      ...(cursor
        ? { after: { dismissedAt: new Date(dismissedAt!), process: process!, stream: stream!, standsAt: standsAt! } }
        : {}),
    });
    return pageOf(dismissals, limit, processDismissalView, (one) => [
      one.dismissedAt.toISOString(),
      one.process,
      one.stream,
      one.standsAt,
    ]);
  }
}

const isInstant = (part: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(part) && !Number.isNaN(Date.parse(part));
const isWord = (part: string): boolean => /^[\x21-\x7e]{1,100}$/.test(part);
