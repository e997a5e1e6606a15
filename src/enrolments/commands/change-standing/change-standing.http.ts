import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ChangeStandingCommand } from './change-standing.command';

class StandingBody extends CommandBody {
  @Text({ optional: true, max: 1000 })
  reason?: string;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment')
export class ChangeStandingHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post('suspension')
  @ApiCommand({ summary: 'Suspend an enrolment; its seat is kept', answers: RecordedBody })
  async suspend(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { reason }: StandingBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new ChangeStandingCommand(context, enrolment, 'suspend', reason)),
    );
  }

  @Post('resumption')
  @ApiCommand({ summary: 'Resume a suspended enrolment', answers: RecordedBody })
  async resume(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { reason }: StandingBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new ChangeStandingCommand(context, enrolment, 'resume', reason)),
    );
  }
}
