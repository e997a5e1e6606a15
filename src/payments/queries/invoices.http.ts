import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe, MayBeAbsent } from '@ardoise/http';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { InvoiceReading } from './invoice-reading';
import { InvoiceView } from './invoice.view';

class GroundQuery {
  @ApiProperty({
    required: false,
    enum: ['accounting'],
    description: "The ground on which an invoice is read after its person's erasure.",
  })
  @MayBeAbsent()
  @IsString()
  @MaxLength(100)
  ground?: string;
}

@ApiTags('payments')
@Controller('v1/organisations/:organisation/invoices')
export class InvoicesHttp {
  constructor(private readonly invoices: InvoiceReading) {}

  @Get(':invoice')
  @ApiQueryRoute({ summary: 'One invoice: its account, payments, credit notes and instalments', answers: InvoiceView })
  async one(
    @Param('organisation') organisation: string,
    @Param('invoice', new IdPipe('invoice')) invoice: string,
    @Query() { ground }: GroundQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoiceView> {
    const view = await this.invoices.one(organisation, invoice, ground);
    void reply.header('etag', `"${view.version}"`);
    return view;
  }
}
