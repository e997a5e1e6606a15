import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { revisionOf, SessionRevisionBody } from '../session-body';
import { ReviseSessionCommand } from './revise-session.command';

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions/:session/revisions')
export class ReviseSessionHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Revise a session: seats that are added go to those who wait, seats that are taken stay',
    answers: RecordedBody,
  })
  async revise(
    @Context() context: CommandContext,
    @Param('session', new IdPipe('session')) session: string,
    @Body() body: SessionRevisionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new ReviseSessionCommand(context, session, revisionOf(body))));
  }
}
