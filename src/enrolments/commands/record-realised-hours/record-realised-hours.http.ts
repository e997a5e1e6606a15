import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, Num, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RecordRealisedHoursCommand } from './record-realised-hours.command';

class RealisedHoursBody extends CommandBody {
  @Num({ max: 10_000, description: 'In all, not since the last time.' })
  hours: number;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/realised-hours')
export class RecordRealisedHoursHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record how many hours were realised in all', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { hours }: RealisedHoursBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new RecordRealisedHoursCommand(context, enrolment, hours)));
  }
}
