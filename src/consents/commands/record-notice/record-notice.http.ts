import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, created, IdPipe, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RecordNoticeCommand } from './record-notice.command';

export class RecordNoticeBody extends CommandBody {
  @Text({ max: 200, description: 'Name of what was shown.' })
  notice: string;

  @Text({ max: 100, description: 'Where it was shown: web, email, paper…' })
  channel: string;
}

@ApiTags('consents')
@Controller('v1/organisations/:organisation/persons/:person/notices')
export class RecordNoticeHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that a person has seen a notice; it is never a consent', creates: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { notice, channel }: RecordNoticeBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return created(reply, await this.commands.execute(new RecordNoticeCommand(context, person, notice, channel)));
  }
}
