import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe, prefersPage } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { writeErasureProof } from '../proofs/erasure-proof';
import { ErasureProofs } from '../proofs/erasure-proofs';
import { proofPage } from '../proofs/proof-page';
import { receiptPagePolicy } from '../receipts/receipt-page';
import { CollectableReceipts } from './collectable-receipts';

@ApiTags('erasures')
@Controller('v1/organisations/:organisation/erasures/:erasure/proof')
export class ProofsHttp {
  constructor(
    private readonly receipts: CollectableReceipts,
    private readonly proofs: ErasureProofs,
    private readonly directory: OrganisationDirectory,
  ) {}

  @Get()
  @ApiProduces('application/json', 'text/html')
  @ApiQueryRoute({
    summary:
      'The proof of an erasure, for the person, as a file that anybody can check or as a page: the receipt, and that the ' +
      'events which name the ended keys stand in the ledger; as long as the receipt can be collected',
  })
  async proof(
    @Param('organisation') organisation: string,
    @Param('erasure', new IdPipe('erasure')) id: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const proof = await this.proofs.make(await this.receipts.find(organisation, id));
    void reply.header('vary', 'accept').header('x-content-type-options', 'nosniff');
    if (!prefersPage(accept)) {
      void reply.header('content-type', 'application/json; charset=utf-8');
      return writeErasureProof(proof);
    }
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', receiptPagePolicy)
      .header('referrer-policy', 'no-referrer');
    return proofPage(proof, this.directory.policy(organisation));
  }
}
