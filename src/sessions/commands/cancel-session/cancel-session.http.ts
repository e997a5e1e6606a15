import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { CancelSessionCommand } from './cancel-session.command';

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions/:session/cancellation')
export class CancelSessionHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Cancel a session; its enrolments are transferred or cancelled one by one',
    answers: RecordedBody,
  })
  async cancel(
    @Context() context: CommandContext,
    @Param('session', new IdPipe('session')) session: string,
    @Body() _body: CommandBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new CancelSessionCommand(context, session)));
  }
}
