import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { LinkInvoiceCommand } from './link-invoice.command';

class InvoiceLinkBody extends CommandBody {
  @Id()
  invoice: string;
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/invoices')
export class LinkInvoiceHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Link an invoice that bills this enrolment', answers: RecordedBody })
  async link(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { invoice }: InvoiceLinkBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new LinkInvoiceCommand(context, enrolment, invoice)));
  }
}
