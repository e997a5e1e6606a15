import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { TimeBody, timeOf } from '../deed-bodies';
import { RecordTimeCommand } from './record-time.command';

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/time-records')
export class RecordTimeHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record time spent on a module', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: TimeBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RecordTimeCommand(context, enrolment, timeOf(body));
    return recorded(reply, await this.commands.execute(command));
  }
}
