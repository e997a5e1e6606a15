import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, Text } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import { runBatch } from '../../../platform/batch';
import { RequestEnrolmentBody, requestOf } from '../request-enrolment/request-enrolment.body';
import { RequestEnrolmentCommand } from '../request-enrolment/request-enrolment.command';

/** One line: an enrolment, and the key of the command that requests it. */
export class RequestEnrolmentRow extends RequestEnrolmentBody {
  @Text({ min: 36, max: 36, description: 'A UUID; the same key means the same command.' })
  idempotencyKey: string;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/batch')
export class RequestEnrolmentsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/x-ndjson')
  @ApiCommand({ summary: 'Request enrolments, one a line; each line has an outcome of its own' })
  @ApiConsumes('application/x-ndjson')
  @ApiProduces('application/x-ndjson')
  @ApiExtraModels(RequestEnrolmentRow)
  @ApiBody({ schema: { type: 'string' } })
  request(@Context() context: CommandContext, @Body() body: unknown): Promise<string> {
    return runBatch({
      body,
      context,
      now: this.clock.now(),
      type: RequestEnrolmentRow,
      run: (row, line) => this.commands.execute(new RequestEnrolmentCommand(line, requestOf(row))),
    });
  }
}
