import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute } from '@ardoise/http';
import { formatVerifierKey, noteType, verifierKey } from '@ardoise/ledger';
import { baseOf, pemOfRaw, type PublishedKey } from '@ardoise/signing';
import { Platform } from '../../platform/platform';

class LedgerKeyView {
  @ApiProperty({ description: 'Id of the key: the beginning of the SHA-256 of its SPKI in DER.' })
  id: string;

  @ApiProperty({ enum: ['Ed25519'] })
  algorithm: string;

  @ApiProperty({ description: 'SPKI in PEM.' })
  publicKey: string;

  @ApiProperty({ description: 'The 32 bytes of the public key (RFC 8032) in base64.' })
  rawPublicKey: string;

  @ApiProperty({
    description:
      'The key as signed notes name it (c2sp.org/signed-note), under the name that statements are made in; ' +
      'a tree is signed under its own origin, which begins with this name.',
  })
  verifierKey: string;

  @ApiProperty({ format: 'date-time', description: 'From when on it signs.' })
  since: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'From when on it signs no longer.' })
  until?: string;

  @ApiProperty({
    required: false,
    description: 'Signed note of the key before it and itself that it is the successor; absent of the first key.',
  })
  statement?: string;
}

@ApiTags('ledger')
@Controller('v1')
export class LedgerKeysHttp {
  constructor(private readonly platform: Platform) {}

  @Get('ledger-keys')
  @ApiQueryRoute({
    summary: 'The public keys that checkpoints are and were signed with, the newest first',
    answers: LedgerKeyView,
    list: true,
  })
  async keys(): Promise<LedgerKeyView[]> {
    const { ledgerKeys, ledgerOriginBase } = this.platform;
    const published = await ledgerKeys.published();
    const name = published.flatMap(({ statement }) => baseOf(statement ?? '') ?? []).at(-1) ?? ledgerOriginBase;
    return published.toReversed().map((key) => viewOf(key, name));
  }
}

function viewOf({ id, publicKey, since, until, statement }: PublishedKey, name: string): LedgerKeyView {
  return {
    id,
    algorithm: 'Ed25519',
    publicKey: pemOfRaw(publicKey),
    rawPublicKey: publicKey.toString('base64'),
    verifierKey: formatVerifierKey(verifierKey(name, noteType, publicKey)),
    since,
    ...(until === undefined ? {} : { until }),
    ...(statement === undefined ? {} : { statement }),
  };
}
