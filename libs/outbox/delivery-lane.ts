import { type Bell, errorCode, type Log } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import { type BackOff, pauseAfter } from './back-off';
import type { Breaker, Breakers } from './breakers';
import type { DueEntry, Entries } from './entries';
import type { Courier, Delivery, Destination } from './entry';
import type { OutboxMetrics } from './metrics';

export interface DeliveryTiming {
  /** Between the tries of one entry. */
  readonly backOff: BackOff;
  /** Failures in a row after which a receiver is left alone. */
  readonly openAfter: number;
  /** How long it is left alone. */
  readonly breaker: BackOff;
  /** An entry that was not delivered for so long is a dead letter. */
  readonly horizonMilliseconds: number;
}

export interface DeliveryLaneParts {
  readonly entries: Entries;
  readonly breakers: Breakers;
  readonly courier: Courier;
  readonly clock: Clock;
  readonly metrics: OutboxMetrics;
  readonly log: Log;
  readonly timing: DeliveryTiming;
  readonly pollMilliseconds: number;
  /** Most streams of a receiver that are told side by side. */
  readonly concurrency: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Entries that are looked at together. */
const windowLength = 200;

/** Brings entries to one destination under one lease: at least once, in order within each stream. */
export class DeliveryLane {
  private breaker: Breaker = { failures: 0 };

  constructor(
    private readonly parts: DeliveryLaneParts,
    private readonly to: Destination,
    private readonly bell: Bell,
  ) {}

  /** Rejects with whatever keeps the database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { pollMilliseconds } = this.parts;
    while (!signal.aborted) {
      this.bell.take();
      if (!(await this.round(signal))) await this.bell.wait(pollMilliseconds, signal);
    }
  }

  /** False when there was nothing to do now. */
  private async round(signal: AbortSignal): Promise<boolean> {
    const { entries, breakers, clock } = this.parts;
    this.breaker = await breakers.find(this.to);
    const { openUntil } = this.breaker;
    const now = clock.now();
    if (openUntil && openUntil > now) return false;
    // Half open: one entry shows whether the receiver is there again.
    const due = await entries.due(this.to, now, openUntil ? 1 : windowLength);
    if (due.length === 0) return false;
    await this.deliverAll(due, signal);
    return true;
  }

  private async deliverAll(due: readonly DueEntry[], signal: AbortSignal): Promise<void> {
    const streams = streamsOf(due);
    const stopped = new AbortController();
    const worker = async (): Promise<void> => {
      for (let stream = streams.shift(); stream; stream = streams.shift()) {
        for (const entry of stream) {
          if (signal.aborted || stopped.signal.aborted) return;
          if (!(await this.deliver(entry, signal, stopped))) break;
        }
      }
    };
    const workers = Array.from({ length: this.parts.concurrency }, () => worker());
    const results = await Promise.allSettled(
      workers.map((one) =>
        one.catch((error: unknown) => {
          stopped.abort();
          throw error;
        }),
      ),
    );
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected) throw rejected.reason;
  }

  /** Whether what follows in the stream may be told. */
  private async deliver(entry: DueEntry, signal: AbortSignal, stopped: AbortController): Promise<boolean> {
    const { courier, entries, clock, metrics } = this.parts;
    const delivery = await courier.deliver(entry, signal).catch((error: unknown) => this.ours(entry, error));
    if (delivery === undefined) {
      if (!signal.aborted) await this.retryLater(entry, { kind: 'failed', code: 'not-made' });
      return false;
    }
    metrics.tried(this.to, delivery.kind);
    const now = clock.now();
    switch (delivery.kind) {
      case 'delivered':
        await entries.ended(entry, 'delivered', { now, ...said(delivery) });
        await this.answers();
        return true;
      case 'void':
        await entries.ended(entry, 'dismissed', { now, code: delivery.code });
        return true;
      case 'refused':
        this.warn(entry, delivery.code, 'an outbox entry was refused for good');
        await entries.ended(entry, 'dead', { now, ...said(delivery), code: delivery.code });
        await this.answers();
        return true;
      case 'failed':
        await this.retryLater(entry, delivery);
        await this.doesNotAnswer(stopped);
        return false;
    }
  }

  /** What goes wrong on our side says nothing of the receiver: the entry waits, the breaker stays as it is. */
  private ours(entry: DueEntry, error: unknown): undefined {
    this.warn(entry, errorCode(error), 'an outbox entry could not be made; trying again');
  }

  private async retryLater(entry: DueEntry, failure: Delivery & { readonly kind: 'failed' }): Promise<void> {
    const { entries, clock, timing, random } = this.parts;
    const now = clock.now();
    if (entry.enqueuedAt.getTime() + timing.horizonMilliseconds <= now.getTime()) {
      this.warn(entry, failure.code, 'an outbox entry was given up');
      await entries.ended(entry, 'dead', { now, ...said(failure), code: failure.code });
      return;
    }
    const pause = pauseAfter(timing.backOff, entry.failures + 1, random());
    const asked = Math.min(failure.retryAfterMilliseconds ?? 0, timing.backOff.longest);
    const nextTry = new Date(now.getTime() + Math.max(pause, asked));
    await entries.failed(entry, { now, nextTry, code: failure.code, ...said(failure) });
  }

  private async answers(): Promise<void> {
    if (this.breaker.failures === 0) return;
    const wasOpen = this.breaker.openUntil !== undefined;
    this.breaker = { failures: 0 };
    await this.parts.breakers.keep(this.to, this.breaker);
    if (wasOpen) await this.parts.entries.hurry(this.to);
  }

  private async doesNotAnswer(stopped: AbortController): Promise<void> {
    const { breakers, entries, clock, timing, random, log } = this.parts;
    const failures = this.breaker.failures + 1;
    if (failures < timing.openAfter) {
      this.breaker = { failures };
      return breakers.keep(this.to, this.breaker);
    }
    stopped.abort();
    const now = clock.now();
    const openUntil = new Date(now.getTime() + pauseAfter(timing.breaker, failures - timing.openAfter + 1, random()));
    this.breaker = { failures, openUntil };
    await breakers.keep(this.to, this.breaker);
    log.warn({ ...this.to, failures, openUntil: openUntil.toISOString() }, 'a receiver is left alone for a while');
    const before = new Date(now.getTime() - timing.horizonMilliseconds);
    const dead = await entries.bury(this.to, before, 'receiver-away', now);
    if (dead > 0) log.warn({ ...this.to, dead }, 'outbox entries were given up: their receiver was away for too long');
  }

  private warn({ key, position, attempts }: DueEntry, code: string, message: string): void {
    this.parts.log.warn({ ...this.to, key, position, code, attempt: attempts + 1 }, message);
  }
}

function said({ status }: { readonly status?: number }): { readonly status?: number } {
  return status === undefined ? {} : { status };
}

function streamsOf(due: readonly DueEntry[]): DueEntry[][] {
  const streams = new Map<string, DueEntry[]>();
  for (const entry of due) {
    const stream = streams.get(entry.stream);
    if (stream) stream.push(entry);
    else streams.set(entry.stream, [entry]);
  }
  return [...streams.values()];
}
