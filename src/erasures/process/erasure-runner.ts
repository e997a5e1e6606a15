import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { errorCode, pause } from '@ardoise/lanes';
import { LogMovedError } from '@ardoise/event-store';
import { Clock } from '@ardoise/time';
import { keysFenced } from '../../keys/domain/events';
import { Passage } from '../../platform/passage';
import { Platform } from '../../platform/platform';
import { ErasureProcess } from './erasure-process';
import { ErasureProcesses, ErasureTakenOverError, leaseMilliseconds, type Candidate } from './erasure-processes';
import { ErasureRecall } from './erasure-recall';
import type { ErasureRow } from './erasure-row';

const everyMilliseconds = 1_000;
/** So long a receipt can be collected. */
export const collectableMilliseconds = 30 * 86_400_000;
/** So many are carried side by side in a process: one that hangs or fails holds no other back. */
const concurrency = 4;
/** Pauses after failures, in milliseconds; the last one repeats. */
const backOff = [1_000, 5_000, 30_000, 120_000, 600_000] as const;

/** Carries remembered erasures, each under a lease of its own; any number of processes may do so. */
@Injectable()
export class ErasureRunner implements OnModuleDestroy {
  private readonly owner = randomUUID();
  private readonly closing = new AbortController();
  private running: Promise<number> | undefined;
  private again = false;

  constructor(
    private readonly processes: ErasureProcesses,
    private readonly process: ErasureProcess,
    private readonly passage: Passage,
    private readonly recall: ErasureRecall,
    private readonly clock: Clock,
    private readonly platform: Platform,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work || this.isOver) return;
    try {
      await this.completeWaiting();
    } catch (error) {
      this.platform.log.warn({ code: errorCode(error) }, 'erasures could not be looked at; trying again');
    }
  }

  /** Something was remembered: it need not wait for the next look. */
  nudge(): void {
    this.again = true;
    void this.tick();
  }

  /** Carries all that can be carried on now as far as it goes; gives how many were completed. */
  completeWaiting(): Promise<number> {
    this.running ??= this.rounds().finally(() => (this.running = undefined));
    return this.running;
  }

  async onModuleDestroy(): Promise<void> {
    this.closing.abort();
    await this.running?.catch(() => undefined);
  }

  /** Whether others are to carry them: this process ends, or its log was left. */
  private get isOver(): boolean {
    return this.closing.signal.aborted || this.platform.departure.isLeft;
  }

  private async rounds(): Promise<number> {
    let completed = 0;
    do {
      this.again = false;
      await this.recall.once();
      completed += await this.round();
    } while (this.again && !this.isOver);
    await this.processes.forgetCompletedBefore(new Date(this.clock.now().getTime() - collectableMilliseconds));
    return completed;
  }

  private async round(): Promise<number> {
    const queue = await this.processes.due();
    const isReady = this.readiness();
    let completed = 0;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next && !this.isOver; next = queue.shift()) {
        if ((await isReady(next)) && (await this.carry(next))) completed += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return completed;
  }

  /**
   * Tells those that can go on from those that have to wait for leases or lanes. What they wait for is the same for
   * all, or for all of an organisation, and is asked for once; who waits for nothing waits for no answer either.
   */
  private readiness(): (candidate: Candidate) => Promise<boolean> {
    let leases: Promise<Date> | undefined;
    const passed = new Map<string, Promise<bigint>>();
    return async ({ state, organisation, destroyed_at, fenced_position }) => {
      if (state !== 'destroyed') return true;
      leases ??= this.passage.leasesOverBefore();
      if (destroyed_at === null || destroyed_at > (await leases)) return false;
      if (!passed.has(organisation)) {
        passed.set(organisation, this.passage.passed(organisation, keysFenced.type));
      }
      return ((await passed.get(organisation)) ?? 0n) >= BigInt(fenced_position ?? 0);
    };
  }

  /** True when it is completed. */
  private async carry(candidate: Candidate): Promise<boolean> {
    const taken = await this.processes.take(candidate, this.owner);
    if (!taken) return false;
    const over = new AbortController();
    const renewing = this.keepRenewing(taken, over);
    try {
      return (await this.carryOn(taken, over.signal)).state === 'completed';
    } finally {
      over.abort();
      await renewing;
      await this.processes.release(taken).catch(() => undefined);
    }
  }

  private async carryOn(taken: ErasureRow, lost: AbortSignal): Promise<ErasureRow> {
    let row = taken;
    try {
      while (!this.isOver && !lost.aborted) {
        const next = await this.process.step(row);
        if (!next) return row;
        row = next;
      }
    } catch (error) {
      // Where the log goes on, it goes on at once: that is no failure of its own.
      if (error instanceof ErasureTakenOverError || error instanceof LogMovedError) return row;
      await this.keepFailure(row, errorCode(error));
    }
    return row;
  }

  private async keepFailure(row: ErasureRow, code: string): Promise<void> {
    const { organisation, erasure, state, failures } = row;
    this.platform.log.warn(
      { organisation, erasure, state, code, failures: failures + 1 },
      'an erasure failed at a step',
    );
    const delay = backOff[Math.min(failures, backOff.length - 1)] as number;
    const nextTry = new Date(this.clock.now().getTime() + delay);
    // Where even this fails the database is away, and the next look tries again.
    await this.processes.failed(row, code, nextTry).catch(() => undefined);
  }

  private async keepRenewing(row: ErasureRow, over: AbortController): Promise<void> {
    while (!over.signal.aborted) {
      await pause(leaseMilliseconds / 3, over.signal);
      if (over.signal.aborted) return;
      // A renewal that fails is tried again; each step is guarded by the lease whatever happens here.
      if (!(await this.processes.renew(row).catch(() => true))) over.abort();
    }
  }
}
