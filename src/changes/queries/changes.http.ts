import { Controller, Get, Headers, Inject, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiOkResponse,
  ApiProduces,
  ApiProperty,
  ApiTags,
  getSchemaPath,
  ApiExtraModels,
} from '@nestjs/swagger';
import { ApiQueryRoute, MayBeAbsent, ProblemError, sendEventStream } from '@ardoise/http';
import type { Config } from '@ardoise/config';
import { Matches } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../../platform/tokens';
import { ChangeView } from './change';
import { ChangeFeeds } from './change-feeds';

const positionPattern = /^\d{1,18}$/;
const retryMilliseconds = 2_000;

class ChangesQuery {
  @ApiProperty({ required: false, description: 'As Last-Event-ID, for a first connection; "0" for everything.' })
  @MayBeAbsent()
  @Matches(positionPattern, { message: 'must be the id of an event of this feed' })
  after?: string;
}

/** An organisation's changes as they happen. */
@ApiTags('changes')
@Controller('v1/organisations/:organisation/changes')
export class ChangesHttp {
  constructor(
    private readonly feeds: ChangeFeeds,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'Server-sent events of what is recorded, resumed after Last-Event-ID without a gap' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The id of the last event that was seen.' })
  @ApiProduces('text/event-stream')
  @ApiExtraModels(ChangeView)
  @ApiOkResponse({
    description: 'Each event bears its type, its position as id, and a ChangeView as data; "feed-ended" is the last.',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(ChangeView) } } },
  })
  async follow(
    @Param('organisation') organisation: string,
    @Query() { after }: ChangesQuery,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const beginning = await this.feeds.beginning(organisation, positionOf(last) ?? positionOf(after));
    const leave = this.feeds.enter();
    const gone = new AbortController();
    request.raw.socket.once('close', () => gone.abort());
    try {
      await sendEventStream(reply, this.feeds.follow(organisation, beginning, gone.signal), {
        stallMilliseconds: 2 * this.config.feedHeartbeatMilliseconds,
        retryMilliseconds,
        signal: gone.signal,
      });
    } finally {
      gone.abort();
      leave();
    }
  }
}

function positionOf(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  if (positionPattern.test(text)) return BigInt(text);
  throw new ProblemError(400, 'last-event-id-malformed', 'Last-Event-ID must be the id of an event of this feed', [
    { at: 'Last-Event-ID', detail: 'must be the id of an event of this feed: decimal digits' },
  ]);
}
