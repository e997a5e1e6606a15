import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe, Instant, MayBeAbsent, ProblemError, Text } from '@ardoise/http';
import { isStreamId } from '@ardoise/format';
import { Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { LogExport } from './log-export';
import { Replay, type ReplayOf } from './replay';

class ReplayQuery {
  @Instant({ optional: true, description: 'The moment to go back to; now where nothing is said.' })
  asOf?: string;

  @Text({ optional: true, max: 200, description: 'The ground on which what was kept beside an erasure may be read.' })
  ground?: string;
}

class ExportQuery {
  @ApiProperty({ required: false, description: 'Position to go on after; from the beginning where nothing is said.' })
  @MayBeAbsent()
  @Matches(/^\d{1,18}$/, { message: 'must be a position of an earlier export' })
  after?: string;
}

@ApiTags('audit')
@Controller('v1/organisations/:organisation')
export class AuditHttp {
  constructor(
    private readonly replay: Replay,
    private readonly log: LogExport,
  ) {}

  @Get('persons/:person/replay')
  @ApiQueryRoute({ summary: 'All that was recorded of a person, as of any moment' })
  person(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Query() query: ReplayQuery,
  ): Promise<ReplayOf> {
    return this.replay.person(organisation, person, query);
  }

  @Get('enrolments/:enrolment/replay')
  @ApiQueryRoute({ summary: 'An enrolment with its learning and attendance, as of any moment' })
  enrolment(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Query() query: ReplayQuery,
  ): Promise<ReplayOf> {
    return this.replay.enrolment(organisation, enrolment, query);
  }

  @Get('streams/:stream/replay')
  @ApiQueryRoute({ summary: 'Any stream, as of any moment' })
  stream(
    @Param('organisation') organisation: string,
    @Param('stream') stream: string,
    @Query() query: ReplayQuery,
  ): Promise<ReplayOf> {
    if (!isStreamId(stream)) throw new ProblemError(404, 'stream-not-found', 'there is no such stream');
    return this.replay.stream(organisation, stream, query);
  }

  @Get('log')
  @ApiQueryRoute({ summary: 'The log as it is stored, NDJSON: nothing opened, nothing left out' })
  async export(
    @Param('organisation') organisation: string,
    @Query() { after }: ExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    if (!(await this.log.goesOnAfter(organisation, BigInt(after ?? 0)))) {
      throw new ProblemError(409, 'position-unknown', 'no event of this log stands there; begin again without it', [
        { at: 'after', detail: 'must be the position of a line that this log was exported with' },
      ]);
    }
    void reply.header('content-type', 'application/x-ndjson');
    return new StreamableFile(Readable.from(this.log.lines(organisation, BigInt(after ?? 0))), {
      type: 'application/x-ndjson',
    });
  }
}
