import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ResumePointBody, resumePointOf } from '../deed-bodies';
import { RecordResumePointCommand } from './record-resume-point.command';

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/resume-points')
export class RecordResumePointHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record where the learner stopped', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: ResumePointBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RecordResumePointCommand(context, enrolment, resumePointOf(body));
    return recorded(reply, await this.commands.execute(command));
  }
}
