import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ApproveEnrolmentCommand } from './approve-enrolment.command';

class ApprovalBody extends CommandBody {
  @Text({
    optional: true,
    max: 100,
    description: 'By which function or rule; "staff" where nothing is said. Not a name.',
  })
  by?: string;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/approval')
export class ApproveEnrolmentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Approve an enrolment; its session then gives it a seat or a place on the waiting list',
    answers: RecordedBody,
  })
  async approve(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { by = 'staff' }: ApprovalBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new ApproveEnrolmentCommand(context, enrolment, by)));
  }
}
