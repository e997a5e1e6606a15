import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Day, IdPipe, OneOf, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { EndEnrolmentCommand } from './end-enrolment.command';

class EndBody extends CommandBody {
  @Text({ optional: true, max: 1000 })
  reason?: string;
}

const declarable = ['completed', 'failed'] as const;

class CompletionBody extends EndBody {
  @OneOf(declarable)
  outcome: (typeof declarable)[number];

  @Day({ optional: true, description: 'The day of `occurredAt` where nothing is said.' })
  endedOn?: string;
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment')
export class EndEnrolmentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post('cancellation')
  @ApiCommand({ summary: 'Cancel an enrolment', answers: RecordedBody })
  async cancel(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { reason }: EndBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new EndEnrolmentCommand(context, enrolment, 'cancelled', reasonOf(reason))),
    );
  }

  @Post('withdrawal')
  @ApiCommand({ summary: 'Withdraw from an enrolment', answers: RecordedBody })
  async withdraw(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { reason }: EndBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new EndEnrolmentCommand(context, enrolment, 'withdrawn', reasonOf(reason))),
    );
  }

  @Post('no-show')
  @ApiCommand({ summary: 'Record that somebody stayed away', answers: RecordedBody })
  async noShow(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { reason }: EndBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(new EndEnrolmentCommand(context, enrolment, 'no-show', reasonOf(reason))),
    );
  }

  @Post('completion')
  @ApiCommand({ summary: 'Declare an enrolment completed or failed', answers: RecordedBody })
  async complete(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { outcome, endedOn, reason }: CompletionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(
      reply,
      await this.commands.execute(
        new EndEnrolmentCommand(context, enrolment, outcome, {
          ...reasonOf(reason),
          ...(endedOn === undefined ? {} : { endedOn }),
        }),
      ),
    );
  }
}
