import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Day, IdPipe, Int, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { mostMinorUnits } from '../invoice-body';
import { RecordCreditNoteCommand } from './record-credit-note.command';

export class CreditNoteBody extends CommandBody {
  @Text({ max: 100, description: "The billing system's number." })
  number: string;

  @Day()
  issuedOn: string;

  @Int({ min: 1, max: mostMinorUnits, description: 'In minor units of the invoice.' })
  amount: number;

  @Text({ max: 1000 })
  reason: string;
}

@ApiTags('payments')
@Controller('v1/organisations/:organisation/invoices/:invoice/credit-notes')
export class RecordCreditNoteHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record a credit note that the billing system issued', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('invoice', new IdPipe('invoice')) invoice: string,
    @Body() { number, issuedOn, amount, reason }: CreditNoteBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RecordCreditNoteCommand(context, invoice, { number, issuedOn, amount, reason });
    return recorded(reply, await this.commands.execute(command));
  }
}
