import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiProduces, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe, MayBeAbsent, prefersPage } from '@ardoise/http';
import { IsIn } from 'class-validator';
import { formerKeys } from '@ardoise/signing';
import type { FastifyReply } from 'fastify';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { Platform } from '../../platform/platform';
import type { Receipt } from '../receipts/receipt';
import { receiptPage, receiptPagePolicy } from '../receipts/receipt-page';
import { CollectableReceipts } from './collectable-receipts';

class ReceiptQuery {
  @ApiProperty({ required: false, enum: ['json', 'html'], description: 'What the Accept header says, without it.' })
  @MayBeAbsent()
  @IsIn(['json', 'html'], { message: 'must be json or html' })
  format?: string;
}

class ReceiptKeyView {
  @ApiProperty({ description: 'Id of the key, as receipts name it.' })
  id: string;

  @ApiProperty({ enum: ['Ed25519'] })
  algorithm: string;

  @ApiProperty({ description: 'SPKI in PEM.' })
  publicKey: string;
}

@ApiTags('erasures')
@Controller('v1')
export class ReceiptsHttp {
  constructor(
    private readonly receipts: CollectableReceipts,
    private readonly directory: OrganisationDirectory,
    private readonly platform: Platform,
  ) {}

  @Get('organisations/:organisation/erasures/:erasure/receipt')
  @ApiProduces('application/json', 'text/html')
  @ApiQueryRoute({
    summary: 'The receipt, for the person, as JSON or as a page; it can be collected for 30 days and is then forgotten',
  })
  async receipt(
    @Param('organisation') organisation: string,
    @Param('erasure', new IdPipe('erasure')) id: string,
    @Query() { format }: ReceiptQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Receipt | string> {
    const receipt = await this.receipts.find(organisation, id);
    void reply.header('vary', 'accept').header('x-content-type-options', 'nosniff');
    if (format === 'json' || (format === undefined && !prefersPage(accept))) return receipt;
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', receiptPagePolicy)
      .header('referrer-policy', 'no-referrer');
    return receiptPage(receipt, this.directory.policy(organisation));
  }

  @Get('receipt-keys')
  @ApiQueryRoute({
    summary: 'The public keys that receipts are and were signed with, the one in use first',
    answers: ReceiptKeyView,
    list: true,
  })
  async keys(): Promise<ReceiptKeyView[]> {
    const { signing, config } = this.platform;
    const all = [signing, ...(await formerKeys(config.keysFolder, 'receipts'))];
    return all.map(({ id, publicKey }) => ({ id, algorithm: 'Ed25519', publicKey }));
  }
}
