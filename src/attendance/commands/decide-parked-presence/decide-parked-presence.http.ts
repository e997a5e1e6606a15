import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Flag, Id, IdPipe, Text, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { DecideParkedPresenceCommand } from './decide-parked-presence.command';

export class ParkedPresenceBody extends CommandBody {
  @Id({ description: 'The event of the parked presence.' })
  presence: string;

  @Flag({ description: 'Whether it counts.' })
  accepted: boolean;

  @Text({ optional: true, max: 1000 })
  reason?: string;

  @Id({ optional: true, description: 'The person who says so.' })
  author?: string;
}

@ApiTags('attendance')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/parked-presence-decisions')
export class DecideParkedPresenceHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Decide whether a presence counts that lies outside the time of the enrolment',
    answers: RecordedBody,
  })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: ParkedPresenceBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const { occurredAt: _, source: __, ...said } = body;
    const command = new DecideParkedPresenceCommand(context, enrolment, { type: 'decide-parked', ...said });
    return recorded(reply, await this.commands.execute(command));
  }
}
