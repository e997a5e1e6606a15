import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import { eventAt, type EventStore } from '@ardoise/event-store';
import { gaugeIn, pause } from '@ardoise/lanes';
import { ProblemError, type ServerSentEvent } from '@ardoise/http';
import type { Gauge, Registry } from 'prom-client';
import { EndedOrganisations } from '../../platform/ended-organisations';
import { Platform } from '../../platform/platform';
import { CONFIG, EVENT_STORE, METRICS } from '../../platform/tokens';
import type { Change } from './change';
import { ChangeTail } from './change-tail';

/** The type of the last event of a feed that the server ends; no event of a log is called so. */
export const feedEnded = 'feed-ended';

interface Shared {
  readonly tail: ChangeTail;
  clients: number;
}

/** Who looks at organisations live: at most so many in this process, each reading at its own pace. */
@Injectable()
export class ChangeFeeds implements OnModuleDestroy {
  private readonly tails = new Map<string, Shared>();
  private readonly closing = new AbortController();
  private readonly gauge: Gauge;
  private clients = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(METRICS) metrics: Registry,
    private readonly ended: EndedOrganisations,
    private readonly platform: Platform,
  ) {
    this.gauge = gaugeIn(metrics, 'ardoise_feed_clients', 'Clients that follow the changes of organisations', []);
  }

  onModuleDestroy(): void {
    this.closing.abort();
  }

  /** Aborted when the server ends. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /**
   * Where a client begins: after what it saw last, else at the log's end.
   * @throws ProblemError `last-event-id-ahead`, `last-event-id-unknown`: the log is another one than the client has seen
   * @throws LogMovedError where the log was left: nothing comes any more, and the client may have seen more elsewhere
   */
  async beginning(organisation: string, last: bigint | undefined): Promise<bigint> {
    const { departure } = this.platform;
    if (departure.isLeft) throw departure.refusal();
    const head = await this.store.head(organisation);
    if (last === undefined) return head;
    if (last > head) throw refused('last-event-id-ahead', 'the log does not reach that far');
    if (last > 0n && !(await eventAt(this.store, organisation, last))) {
      throw refused('last-event-id-unknown', 'no event of this log has that id');
    }
    return last;
  }

  /** Takes a place, which lasts until `leave`. @throws ProblemError 503 `feeds-full` */
  enter(): () => void {
    if (this.closing.signal.aborted || this.clients >= this.config.feedClients) {
      throw new ProblemError(503, 'feeds-full', 'as many clients follow changes as this server takes; try again later');
    }
    this.gauge.set((this.clients += 1));
    let inside = true;
    return () => {
      if (inside) this.gauge.set((this.clients -= 1));
      inside = false;
    };
  }

  /** The changes after a position until the client goes, with a sign of life in between and a last word. */
  async *follow(organisation: string, after: bigint, gone: AbortSignal): AsyncGenerator<readonly ServerSentEvent[]> {
    const signal = AbortSignal.any([gone, this.closing.signal]);
    // Whoever goes before anything happened comes back to here, and misses nothing.
    yield [{ id: after.toString() }];
    const shared = this.share(organisation, await this.store.head(organisation));
    try {
      const changes = shared.tail.after(after, signal);
      for await (const some of this.withSignsOfLife(changes, signal)) {
        if (this.ended.has(organisation)) {
          yield [lastWord('organisation-ended')];
          return;
        }
        if (this.platform.departure.isLeft) {
          yield [lastWord('log-moved')];
          return;
        }
        yield some;
      }
    } finally {
      this.unshare(organisation, shared);
    }
    if (!gone.aborted) yield [lastWord('server-stopping')];
  }

  private async *withSignsOfLife(
    changes: AsyncGenerator<readonly Change[], void>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ServerSentEvent[]> {
    let next = changes.next();
    while (!signal.aborted) {
      const over = new AbortController();
      const beat = pause(this.config.feedHeartbeatMilliseconds, over.signal);
      const result = await Promise.race([next, beat.then(() => undefined)]).finally(() => over.abort());
      if (result?.done) return;
      if (result) {
        yield result.value.map(({ sent }) => sent);
        next = changes.next();
      } else if (!signal.aborted) {
        yield [{}];
      }
    }
    await next.catch(() => undefined);
  }

  private share(organisation: string, from: bigint): Shared {
    const shared = this.tails.get(organisation) ?? {
      tail: new ChangeTail(this.store, organisation, from),
      clients: 0,
    };
    shared.clients += 1;
    this.tails.set(organisation, shared);
    return shared;
  }

  private unshare(organisation: string, shared: Shared): void {
    shared.clients -= 1;
    if (shared.clients > 0) return;
    shared.tail.close();
    if (this.tails.get(organisation) === shared) this.tails.delete(organisation);
  }
}

function lastWord(reason: string): ServerSentEvent {
  return { event: feedEnded, data: JSON.stringify({ reason }) };
}

function refused(code: string, why: string): ProblemError {
  return new ProblemError(409, code, `${why}; begin again without it`, [
    { at: 'Last-Event-ID', detail: 'must be the id of an event of this feed' },
  ]);
}
