import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, Instant, OneOf, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { halfDays, type HalfDay } from '../../domain/events';
import { timesOf } from '../times';
import { RecordPresenceCommand } from './record-presence.command';

export class PresenceBody extends CommandBody {
  @Instant({ description: 'When the learner arrived; the standing of the presence is judged there.' })
  arrivedAt: string;

  @Instant({ optional: true, description: 'After the arrival; a departure told later is a correction.' })
  leftAt?: string;

  @OneOf(halfDays, { optional: true })
  halfDay?: HalfDay;

  @Id({ optional: true, description: "Where it is another than the enrolment's own session." })
  session?: string;
}

@ApiTags('attendance')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/presences')
export class RecordPresenceHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that the learner was there', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: PresenceBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const { session } = body;
    const presence = { type: 'record', ...timesOf(body), ...(session === undefined ? {} : { session }) } as const;
    const command = new RecordPresenceCommand(context, enrolment, presence);
    return recorded(reply, await this.commands.execute(command));
  }
}
