import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, OneOf, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { AnswerOfferCommand } from './answer-offer.command';

const answers = ['accepted', 'declined'] as const;

class OfferAnswerBody extends CommandBody {
  @OneOf(answers)
  answer: (typeof answers)[number];
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/offer/answer')
export class AnswerOfferHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Take or decline the place that is offered; declined, it goes to the next who waits',
    answers: RecordedBody,
  })
  async answer(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { answer }: OfferAnswerBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new AnswerOfferCommand(context, enrolment, answer)));
  }
}
