import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { SubmissionBody } from '../deed-bodies';
import { AttemptBody, attemptBody } from '../recorded-attempt';
import { SubmitAttemptCommand } from './submit-attempt.command';

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/submissions')
export class SubmitAttemptHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that an attempt was submitted, which is not graded yet', answers: AttemptBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: SubmissionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AttemptBody> {
    return attemptBody(
      reply,
      await this.commands.execute(new SubmitAttemptCommand(context, enrolment, body.assessment)),
    );
  }
}
