import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, Instant, OneOf, Text, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { correctionActions, type CorrectionAction } from '../../../platform/corrections';
import { RecordedBody } from '../../../platform/recorded-thing';
import { halfDays, type HalfDay } from '../../domain/events';
import { timesOf } from '../times';
import { CorrectPresenceCommand } from './correct-presence.command';

export class PresenceCorrectionBody extends CommandBody {
  @Id({ description: 'The event that was wrong: a presence, or an earlier correction.' })
  event: string;

  @OneOf(correctionActions)
  action: CorrectionAction;

  @Instant({ optional: true })
  arrivedAt?: string;

  @Instant({ optional: true })
  leftAt?: string;

  @OneOf(halfDays, { optional: true })
  halfDay?: HalfDay;

  @Text({ max: 1000 })
  reason: string;

  @Id({ optional: true, description: 'The person who says so.' })
  author?: string;
}

@ApiTags('attendance')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/presence-corrections')
export class CorrectPresenceHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Correct or annul a presence, or an earlier correction of one', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: PresenceCorrectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const { event, action, reason, author } = body;
    const said = { event, action, reason, ...(author === undefined ? {} : { author }) };
    const command = new CorrectPresenceCommand(context, enrolment, { type: 'correct', ...said, ...timesOf(body) });
    return recorded(reply, await this.commands.execute(command));
  }
}
