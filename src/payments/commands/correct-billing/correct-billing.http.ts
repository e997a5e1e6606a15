import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { BillingCorrectionBody, correctionOf } from './billing-correction-body';
import { CorrectBillingCommand } from './correct-billing.command';

@ApiTags('payments')
@Controller('v1/organisations/:organisation/invoices/:invoice/corrections')
export class CorrectBillingHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Correct a payment, or annul a record made by mistake; what was issued is never altered',
    answers: RecordedBody,
  })
  async correct(
    @Context() context: CommandContext,
    @Param('invoice', new IdPipe('invoice')) invoice: string,
    @Body() body: BillingCorrectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new CorrectBillingCommand(context, invoice, correctionOf(body));
    return recorded(reply, await this.commands.execute(command));
  }
}
