import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { WithdrawDocumentCommand } from './withdraw-document.command';

export class DocumentWithdrawalBody extends CommandBody {
  @Text({ max: 1000 })
  reason: string;

  @Id({ optional: true, description: 'The person who says so.' })
  author?: string;
}

@ApiTags('documents')
@Controller('v1/organisations/:organisation/documents/:document/withdrawal')
export class WithdrawDocumentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Withdraw a document: its file is removed, what was said of it stays', answers: RecordedBody })
  async withdraw(
    @Context() context: CommandContext,
    @Param('document', new IdPipe('document')) document: string,
    @Body() { reason, author }: DocumentWithdrawalBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const withdrawal = { type: 'withdraw' as const, reason, ...(author === undefined ? {} : { author }) };
    return recorded(reply, await this.commands.execute(new WithdrawDocumentCommand(context, document, withdrawal)));
  }
}
