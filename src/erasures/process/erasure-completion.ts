import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Recorder } from '@ardoise/decider';
import { ProjectionRuntime } from '@ardoise/projections';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { erasure } from '../domain/erasure';
import { systemContext } from './erasure-process';
import { ErasureProcesses, type ErasureRow } from './erasure-processes';
import { makeReceipt, receiptDigest } from './receipt';

const everyMilliseconds = 1_000;
/** So long a receipt can be collected. */
const collectableMilliseconds = 30 * 86_400_000;

/** Completes erasures whose keys are destroyed: when every read model has forgotten and no process can hold a key. */
@Injectable()
export class ErasureCompletion {
  private running: Promise<number> | undefined;

  constructor(
    private readonly processes: ErasureProcesses,
    private readonly recorder: Recorder,
    private readonly projections: ProjectionRuntime,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work) return;
    try {
      await this.completeWaiting();
    } catch (error) {
      this.platform.log.warn({ error: (error as Error).name }, 'erasures could not be completed; trying again');
    }
  }

  /** Completes what can be; gives how many. One at a time in a process; several processes only repeat each other. */
  completeWaiting(): Promise<number> {
    this.running ??= this.complete().finally(() => (this.running = undefined));
    return this.running;
  }

  private async complete(): Promise<number> {
    const now = this.clock.now();
    await this.processes.forgetCompletedBefore(new Date(now.getTime() - collectableMilliseconds));
    const passed = new Map<string, bigint>();
    let completed = 0;
    for (const row of await this.processes.waiting()) {
      if (!passed.has(row.organisation)) passed.set(row.organisation, await this.projections.passed(row.organisation));
      const forgotten = (passed.get(row.organisation) as bigint) >= BigInt(row.fenced_position ?? 0);
      const leaseOver = now.getTime() >= (row.destroyed_at as Date).getTime() + this.vault.leaseMilliseconds;
      if (!forgotten || !leaseOver) continue;
      await this.issueReceipt(row, now);
      completed += 1;
    }
    return completed;
  }

  private async issueReceipt(row: ErasureRow, now: Date): Promise<void> {
    const { organisation, erasure: id, person } = row;
    const made = makeReceipt({
      organisation,
      erasure: id,
      destroyedAt: (row.destroyed_at as Date).toISOString(),
      completedAt: now.toISOString(),
      units: row.units ?? [],
      kept: row.kept ?? [],
    });
    // First the row: a receipt whose hash is recorded must be the one that is handed out.
    const receipt = await this.processes.receipt(row, made);
    const naming = await this.vault.naming(organisation);
    const command = { type: 'issue-receipt' as const, person, receipt: receiptDigest(receipt) };
    await this.recorder.execute(
      erasure,
      `erasure-${id}`,
      command,
      systemContext(organisation, naming.step(id, 'receipt')),
    );
  }
}
