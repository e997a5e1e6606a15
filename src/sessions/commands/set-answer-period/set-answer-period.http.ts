import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, Int, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { SetAnswerPeriodCommand } from './set-answer-period.command';

class AnswerPeriodBody extends CommandBody {
  @Int({
    max: 720,
    description: 'Hours that whoever waited has to take a place that came free; 0: it is theirs without being asked.',
  })
  hours: number;
}

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions/:session/answer-period')
export class SetAnswerPeriodHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Offer places that come free to those who wait, and say how long they have to answer',
    answers: RecordedBody,
  })
  async set(
    @Context() context: CommandContext,
    @Param('session', new IdPipe('session')) session: string,
    @Body() { hours }: AnswerPeriodBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new SetAnswerPeriodCommand(context, session, hours)));
  }
}
