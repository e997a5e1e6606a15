import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, created } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { revisionOf, SessionBody } from '../session-body';
import { OpenSessionCommand } from './open-session.command';

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions')
export class OpenSessionHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Open a session of a course', creates: RecordedBody })
  async open(
    @Context() context: CommandContext,
    @Body() body: SessionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const outline = { ...revisionOf(body), course: body.course };
    return created(reply, await this.commands.execute(new OpenSessionCommand(context, outline)));
  }
}
