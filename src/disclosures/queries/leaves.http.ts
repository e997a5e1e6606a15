import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, ProblemError } from '@ardoise/http';
import { leafHash, tileWidth } from '@ardoise/ledger';
import { published } from '@ardoise/sequencer';
import { LedgerProofs } from '../../platform/ledger-proofs';
import { Platform } from '../../platform/platform';

class LeafView {
  @ApiProperty({ description: "The ledger's name, in every checkpoint." })
  origin: string;

  @ApiProperty({ type: 'integer' })
  index: number;

  @ApiProperty({ description: 'SHA-256 of 00 and the header (RFC 6962), hexadecimal.' })
  leafHash: string;

  @ApiProperty({ type: 'integer', description: 'Leaves of the tree that the proof is in.' })
  size: number;

  @ApiProperty({ type: [String], description: 'Inclusion proof (RFC 6962), base64.' })
  proof: readonly string[];

  @ApiProperty({ description: 'The newest checkpoint (c2sp.org/tlog-checkpoint), with its cosignatures.' })
  checkpoint: string;
}

/** Where the code on a printed page leads: a number and hashes, nothing of anybody. */
@ApiTags('ledger')
@Controller('v1/organisations/:organisation/ledger/:incarnation/leaves/:index')
export class LeavesHttp {
  constructor(
    private readonly platform: Platform,
    private readonly proofs: LedgerProofs,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'One leaf of the ledger, proven in the newest checkpoint', answers: LeafView })
  async leaf(
    @Param('organisation') organisation: string,
    @Param('incarnation') incarnation: string,
    @Param('index') leaf: string,
  ): Promise<LeafView> {
    const [number, index] = [incarnation, leaf].map(wholeOf) as [number, number];
    const { ledger } = this.platform;
    const tree = await ledger.tree(organisation, number);
    const newest = tree && (await ledger.newestOf(tree));
    if (!tree || !newest || index >= newest.size) throw notFound();
    const [bundle, place] = [Math.floor(index / tileWidth), index % tileWidth];
    const entries = await ledger.entries(tree, bundle, place + 1);
    const proof = await this.proofs.leafProof(tree, index, newest);
    return {
      origin: tree.origin,
      index,
      leafHash: leafHash(entries[place] as Buffer).toString('hex'),
      size: newest.size,
      proof: proof.map((hash) => hash.toString('base64')),
      checkpoint: published(newest).toString('utf8'),
    };
  }
}

function wholeOf(text: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw notFound();
  return Number(text);
}

const notFound = (): ProblemError => new ProblemError(404, 'leaf-not-found', 'the ledger has no such leaf');
