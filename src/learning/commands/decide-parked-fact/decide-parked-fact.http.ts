import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Flag, Id, IdPipe, Text, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { DecideParkedFactCommand } from './decide-parked-fact.command';

export class ParkedDecisionBody extends CommandBody {
  @Id({ description: 'The event of the parked fact.' })
  fact: string;

  @Flag({ description: 'Whether it counts.' })
  accepted: boolean;

  @Text({ optional: true, max: 1000 })
  reason?: string;

  @Id({ optional: true, description: 'The person who says so.' })
  author?: string;
}

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/parked-decisions')
export class DecideParkedFactHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Decide whether a fact counts that happened outside the time of the enrolment',
    answers: RecordedBody,
  })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { occurredAt: _, source: __, ...said }: ParkedDecisionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new DecideParkedFactCommand(context, enrolment, { type: 'decide-parked', ...said });
    return recorded(reply, await this.commands.execute(command));
  }
}
