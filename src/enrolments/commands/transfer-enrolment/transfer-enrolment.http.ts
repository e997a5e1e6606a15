import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { TransferEnrolmentCommand } from './transfer-enrolment.command';

class TransferBody extends CommandBody {
  @Id({ description: 'The session to which it goes.' })
  session: string;

  @Text({ optional: true, max: 1000 })
  reason?: string;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/transfer')
export class TransferEnrolmentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Transfer an enrolment to another session of its course, which then gives it a seat',
    answers: RecordedBody,
  })
  async transfer(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { session, reason }: TransferBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new TransferEnrolmentCommand(context, enrolment, session, reason)),
    );
  }
}
