import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { Bell, type Lease, LogFeed } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import type { Planner } from './entry';
import type { Feed, Feeds } from './feeds';

export interface FeedLaneParts {
  readonly store: EventStore;
  readonly feeds: Feeds;
  readonly planner: Planner;
  readonly clock: Clock;
  readonly batchSize: number;
  readonly pollMilliseconds: number;
  /** Told when entries were kept. */
  readonly onKept: (organisation: string) => void;
}

/** Longest time, in milliseconds, that a feed's place stays behind events from which nothing follows. */
const keepMilliseconds = 50;
const nothing = { entries: [] };

/** Follows the log for one feed of one organisation under one lease, and keeps what is to be told of it. */
export class FeedLane {
  constructor(
    private readonly parts: FeedLaneParts,
    private readonly lease: Lease,
    private readonly name: string,
    private readonly bell: Bell,
  ) {}

  /** @throws LeaseLostError, and whatever keeps store or database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, feeds, batchSize, pollMilliseconds } = this.parts;
    const { organisation } = this.lease;
    const log = new LogFeed(store, organisation, batchSize);
    try {
      while (!signal.aborted) {
        this.bell.take();
        const feed = await feeds.find(organisation, this.name);
        if (!feed) await this.bell.wait(pollMilliseconds, signal);
        else if (feed.until === undefined) await this.follow(feed, log, signal);
        else await this.again(feed);
      }
    } finally {
      await log.close();
    }
  }

  /** Along the log as it grows, until it is time to look whether somebody has moved the feed. */
  private async follow(feed: Feed, log: LogFeed, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.parts.pollMilliseconds;
    let [at, kept, keepBy] = [feed.position, feed.position, Infinity];
    for (;;) {
      const now = performance.now();
      const over = signal.aborted || this.bell.isRung || now >= until;
      if (at > kept && (over || now >= keepBy)) {
        await this.parts.feeds.commit(this.lease, feed, at, nothing, this.parts.clock.now());
        [kept, keepBy] = [at, Infinity];
      }
      if (over) return;
      const woken = this.bell.wait(Math.min(until, keepBy) - now, signal);
      const events = await log.next(at, woken).finally(() => this.bell.release());
      const last = events?.at(-1);
      if (!events || !last) continue;
      const hasKept = await this.keep(feed, events, last.position);
      at = last.position;
      if (hasKept) [kept, keepBy] = [at, Infinity];
      else keepBy = Math.min(keepBy, performance.now() + keepMilliseconds);
    }
  }

  /** One batch of a stretch that is told again. */
  private async again(feed: Feed): Promise<void> {
    const { store, batchSize, feeds, clock } = this.parts;
    const until = feed.until as bigint;
    const events = await store.readLog(feed.organisation, feed.position, batchSize);
    const within = events.filter(({ position }) => position <= until);
    const through = events.length < batchSize || within.length < events.length ? until : within.at(-1)?.position;
    if (!(await this.keep(feed, within, through ?? until))) {
      await feeds.commit(this.lease, feed, through ?? until, nothing, clock.now());
    }
  }

  private async keep(feed: Feed, events: readonly StoredEvent[], through: bigint): Promise<boolean> {
    const { planner, feeds, clock, onKept } = this.parts;
    const plan = await planner.plan(feed.organisation, feed.feed, events);
    if (plan.entries.length === 0 && !plan.also) return false;
    await feeds.commit(this.lease, feed, through, plan, clock.now());
    onKept(feed.organisation);
    return true;
  }
}
