import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { erasure } from '../domain/erasure';
import type { ErasureRow } from './erasure-row';
import { makeReceipt, receiptDigest, type Receipt, type ReceiptKeys } from '../receipts/receipt';
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
    const keys = await this.keysOf(organisation);
    const content = {
      organisation,
      erasure: id,
      destroyedAt: (destroyed_at as Date).toISOString(),
      completedAt: this.clock.now().toISOString(),
      units: units ?? [],
      kept: kept ?? [],
      ...(keys ? { keys } : {}),
      ...(begun_again ? { begunAgain: true as const } : {}),
    };
    return makeReceipt(content, this.platform.signing);
  }

  /** The epoch that is in use. */
  private async keysOf(organisation: string): Promise<ReceiptKeys | undefined> {
    const groups = await this.vault.groups(organisation);
    const own = groups.filter(({ day, state }) => day === undefined && state === 'active');
    return own.length === 0 ? undefined : { epoch: Math.max(...own.map(({ epoch }) => epoch)) };
  }

  /** Once, whoever repeats it. */
  async record({ organisation, erasure: id, person }: ErasureRow, receipt: Receipt): Promise<void> {
    const naming = await this.vault.naming(organisation);
    const command = { type: 'issue-receipt' as const, person: person as string, receipt: receiptDigest(receipt) };
    const context = systemContext(organisation, naming.step(id, 'receipt'));
    await this.recorder.execute(erasure, `erasure-${id}`, command, context);
  }
}
