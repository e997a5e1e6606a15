import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { GradeBody, gradeOf } from '../deed-bodies';
import { AttemptBody, attemptBody } from '../recorded-attempt';
import { GradeAttemptCommand } from './grade-attempt.command';

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/grades')
export class GradeAttemptHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Record the score of an attempt; passed or failed follows from the pass mark of the course',
    answers: AttemptBody,
  })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: GradeBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AttemptBody> {
    return attemptBody(reply, await this.commands.execute(new GradeAttemptCommand(context, enrolment, gradeOf(body))));
  }
}
