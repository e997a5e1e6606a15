import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { erasure } from '../domain/erasure';
import type { ErasureRow } from './erasure-row';
import { makeReceipt, receiptDigest, type Receipt } from '../receipts/receipt';
import { systemContext } from './system-context';

/** Makes the receipt of an erasure, and records its salted hash. */
@Injectable()
export class ErasureReceipts {
  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async make({ organisation, erasure: id, destroyed_at, units, kept, begun_again }: ErasureRow): Promise<Receipt> {
    const content = {
      organisation,
      erasure: id,
      destroyedAt: (destroyed_at as Date).toISOString(),
      completedAt: this.clock.now().toISOString(),
      units: units ?? [],
      kept: kept ?? [],
      ...(begun_again ? { begunAgain: true as const } : {}),
    };
    return makeReceipt(content, this.platform.signing);
  }

  /** Once, whoever repeats it. */
  async record({ organisation, erasure: id, person }: ErasureRow, receipt: Receipt): Promise<void> {
    const naming = await this.vault.naming(organisation);
    const command = { type: 'issue-receipt' as const, person: person as string, receipt: receiptDigest(receipt) };
    const context = systemContext(organisation, naming.step(id, 'receipt'));
    await this.recorder.execute(erasure, `erasure-${id}`, command, context);
  }
}
