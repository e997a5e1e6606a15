import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { PaymentBody, paymentOf } from './payment-body';
import { RecordPaymentCommand } from './record-payment.command';

@ApiTags('payments')
@Controller('v1/organisations/:organisation/invoices/:invoice/payments')
export class RecordPaymentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that a payment was captured, failed or refunded', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('invoice', new IdPipe('invoice')) invoice: string,
    @Body() body: PaymentBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RecordPaymentCommand(context, invoice, paymentOf(body));
    return recorded(reply, await this.commands.execute(command));
  }
}
