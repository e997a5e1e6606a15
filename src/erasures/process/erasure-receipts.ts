import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import type { GroupEntry, Vault } from '@ardoise/vault';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { erasure } from '../domain/erasure';
import type { ErasureRow } from './erasure-row';
import { makeReceipt, receiptDigest, type Receipt, type ReceiptKeys } from '../receipts/receipt';
import { systemContext } from './system-context';

const dayMilliseconds = 86_400_000;

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

  /** The epoch that is in use, and when its keys are to be destroyed by the schedule: old copies open until then. */
  private async keysOf(organisation: string): Promise<ReceiptKeys | undefined> {
    const groups = await this.vault.groups(organisation);
    const own = groups.filter(({ day, state }) => day === undefined && state === 'active');
    const latest = own.reduce<GroupEntry | undefined>((a, b) => (a && a.epoch > b.epoch ? a : b), undefined);
    if (!latest) return undefined;
    const { keyEpochDays, keyHorizonDays } = this.platform.config;
    // Without a schedule there is no date that could be promised.
    if (keyEpochDays === 0) return { epoch: latest.epoch };
    const next = Math.max(latest.createdAt.getTime() + keyEpochDays * dayMilliseconds, this.clock.now().getTime());
    return { epoch: latest.epoch, horizon: new Date(next + keyHorizonDays * dayMilliseconds).toISOString() };
  }

  /** Once, whoever repeats it. */
  async record({ organisation, erasure: id, person }: ErasureRow, receipt: Receipt): Promise<void> {
    const naming = await this.vault.naming(organisation);
    const command = { type: 'issue-receipt' as const, person: person as string, receipt: receiptDigest(receipt) };
    const context = systemContext(organisation, naming.step(id, 'receipt'));
    await this.recorder.execute(erasure, `erasure-${id}`, command, context);
  }
}
