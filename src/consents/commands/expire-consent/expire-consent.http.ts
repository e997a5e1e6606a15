import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ConsentEndBody } from '../consent-end-body';
import { ExpireConsentCommand } from './expire-consent.command';

@ApiTags('consents')
@Controller('v1/organisations/:organisation/consents/:consent/expiry')
export class ExpireConsentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that a consent has reached the end of its time', answers: RecordedBody })
  async expire(
    @Context() context: CommandContext,
    @Param('consent', new IdPipe('consent')) consent: string,
    @Body() { channel }: ConsentEndBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new ExpireConsentCommand(context, consent, channel)));
  }
}
