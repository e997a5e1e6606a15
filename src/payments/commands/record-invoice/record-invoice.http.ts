import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, created } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { contentOf, InvoiceBody } from '../invoice-body';
import { RecordInvoiceCommand } from './record-invoice.command';

@ApiTags('payments')
@Controller('v1/organisations/:organisation/invoices')
export class RecordInvoiceHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record an invoice that the billing system issued', creates: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Body() body: InvoiceBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const thing = await this.commands.execute(new RecordInvoiceCommand(context, body.person, contentOf(body)));
    return created(reply, thing);
  }
}
