import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ConsentEndBody } from '../consent-end-body';
import { WithdrawConsentCommand } from './withdraw-consent.command';

@ApiTags('consents')
@Controller('v1/organisations/:organisation/consents/:consent/withdrawal')
export class WithdrawConsentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Withdraw a consent; what was done under it stays lawful', answers: RecordedBody })
  async withdraw(
    @Context() context: CommandContext,
    @Param('consent', new IdPipe('consent')) consent: string,
    @Body() { channel }: ConsentEndBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new WithdrawConsentCommand(context, consent, channel)));
  }
}
