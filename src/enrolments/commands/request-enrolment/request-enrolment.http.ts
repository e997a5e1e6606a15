import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, created } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RequestEnrolmentBody, requestOf } from './request-enrolment.body';
import { RequestEnrolmentCommand } from './request-enrolment.command';

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments')
export class RequestEnrolmentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Request an enrolment of a person in a course, with or without a session',
    creates: RecordedBody,
  })
  async request(
    @Context() context: CommandContext,
    @Body() body: RequestEnrolmentBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return created(reply, await this.commands.execute(new RequestEnrolmentCommand(context, requestOf(body))));
  }
}
