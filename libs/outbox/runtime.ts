import { randomUUID } from 'node:crypto';
import type { EventStore } from '@ardoise/event-store';
import { Bell, LaneKeeper, type Lease, type LeaseEntry, LeaseTable, type Log } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { type Breaker, Breakers } from './breakers';
import { DeliveryLane, type DeliveryTiming } from './delivery-lane';
import { Entries } from './entries';
import { type Courier, type Destination, liveFeed, liveFeedOf, type Planner } from './entry';
import { FeedLane } from './feed-lane';
import { type Feed, Feeds } from './feeds';
import { OutboxMetrics } from './metrics';

export type { Breaker } from './breakers';
export type { DeliveryTiming } from './delivery-lane';
export type { EntryState } from './entries';
export type { Feed } from './feeds';

export interface OutboxRuntimeOptions {
  readonly store: EventStore;
  /** Sessions of the role ardoise_read. */
  readonly pool: Pool;
  readonly planner: Planner;
  readonly courier: Courier;
  /** Where entries go now; asked again at each look. One that is not among them keeps its entries. */
  readonly destinations: () => Promise<readonly Destination[]>;
  /** Which feeds are followed here: those named `CHANNEL:…`. Default: those without a colon, of no channel. */
  readonly channel?: string;
  /** Whether anything may be done for an organisation; asked at each look. Default: always. */
  readonly runs?: (organisation: string) => boolean;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  /** Names this worker in leases; default a random one. */
  readonly owner?: string;
  /** How long a lane stays with a worker that says nothing; default 10,000. */
  readonly leaseMilliseconds?: number;
  /** Most events between two places of a feed; default 500. */
  readonly batchSize?: number;
  /** How often lanes look for what other processes have changed, and whether the clock has moved; default 1,000. */
  readonly pollMilliseconds?: number;
  /** Most streams of a receiver that are told side by side; default 4. */
  readonly concurrency?: number;
  readonly timing?: Partial<DeliveryTiming>;
  readonly random?: () => number;
}

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** Tries over three days, first after seconds and then each hour; a receiver that fails is left alone for up to 15 minutes. */
export const defaultTiming: DeliveryTiming = {
  backOff: { first: 5 * second, longest: hour },
  openAfter: 5,
  breaker: { first: 30 * second, longest: 15 * minute },
  horizonMilliseconds: 3 * day,
};

/** So long what was delivered or dismissed can be looked at. */
const keptMilliseconds = 30 * day;

const [feedPurpose, deliveryPurpose] = ['feed/', 'to/'];

/** Fills the outbox from the logs and empties it to its receivers. Several workers may run on one database. */
export class OutboxRuntime {
  readonly feeds: Feeds;
  readonly entries: Entries;
  private readonly breakers: Breakers;
  private readonly leases: LeaseTable;
  private readonly keeper: LaneKeeper;
  private readonly bells = new Map<Bell, string>();
  private prunedAt = 0;

  constructor(private readonly options: OutboxRuntimeOptions) {
    const { pool, clock, owner = randomUUID(), leaseMilliseconds = 10_000, log } = options;
    const { pollMilliseconds = 1_000 } = options;
    this.leases = new LeaseTable(pool, 'outbox.lanes', clock, owner, leaseMilliseconds);
    this.feeds = new Feeds(pool, this.leases);
    this.entries = new Entries(pool);
    this.breakers = new Breakers(pool);
    this.keeper = new LaneKeeper({
      leases: this.leases,
      lanes: () => this.lanes(),
      run: this.runner(pollMilliseconds),
      lookMilliseconds: pollMilliseconds,
      delays: [100, 500, 2000, 5000],
      log,
    });
  }

  start(): void {
    this.keeper.start();
  }

  /** Ends after the deliveries under way; other workers can take the lanes at once. */
  async stop(): Promise<void> {
    await this.keeper.stop();
  }

  /** Looks at once for lanes, for entries that are due, and for feeds that were moved. */
  lookNow(): void {
    this.keeper.lookNow();
    for (const bell of this.bells.keys()) bell.ring();
  }

  /** The position up to which everything that is to be told of a log is in the outbox; its end where nothing is to be. */
  async passed(organisation: string): Promise<bigint> {
    const { channel } = this.options;
    const feed = await this.feeds.find(organisation, channel === undefined ? liveFeed : liveFeedOf(channel));
    return feed?.position ?? this.options.store.head(organisation);
  }

  breaker(destination: Destination): Promise<Breaker> {
    return this.breakers.find(destination);
  }

  /** Tries dead letters again, one or all of a destination, and its receiver at once. Gives how many. */
  async retry(destination: Destination, key?: string): Promise<number> {
    const retried = await this.entries.retry(destination, key, this.options.clock.now());
    if (retried > 0) await this.breakers.halfOpen(destination);
    this.lookNow();
    return retried;
  }

  /** Lets dead letters go, one or all of a destination. Gives how many. */
  dismiss(destination: Destination, key?: string): Promise<number> {
    return this.entries.dismiss(destination, key, this.options.clock.now());
  }

  /** Forgets a destination with all that was to go there. */
  async remove(destination: Destination): Promise<void> {
    await this.entries.removeAll(destination);
    await this.breakers.remove(destination);
  }

  async status(): Promise<{ readonly feeds: readonly Feed[]; readonly lanes: readonly LeaseEntry[] }> {
    return { feeds: await this.feeds.list(), lanes: await this.leases.list() };
  }

  private async lanes(): Promise<{ readonly organisation: string; readonly purpose: string }[]> {
    const { runs = () => true, destinations } = this.options;
    await this.prune();
    const [feeds, all] = [(await this.feeds.list()).filter(({ feed }) => this.follows(feed)), await destinations()];
    return [
      ...feeds.map(({ organisation, feed }) => ({ organisation, purpose: feedPurpose + feed })),
      ...all.map(({ organisation, destination }) => ({ organisation, purpose: deliveryPurpose + destination })),
    ].filter(({ organisation }) => runs(organisation));
  }

  private follows(feed: string): boolean {
    const { channel } = this.options;
    return channel === undefined ? !feed.includes(':') : feed.startsWith(`${channel}:`);
  }

  private async prune(): Promise<void> {
    const now = this.options.clock.now().getTime();
    if (now - this.prunedAt < hour) return;
    this.prunedAt = now;
    await this.entries.prune(new Date(now - keptMilliseconds));
  }

  private runner(pollMilliseconds: number): (lease: Lease, signal: AbortSignal) => Promise<void> {
    const { store, planner, courier, clock, metrics, log } = this.options;
    const { batchSize = 500, concurrency = 4, timing = {}, random = Math.random } = this.options;
    const onKept = (organisation: string): void => this.ring(organisation);
    const feeding = { store, feeds: this.feeds, planner, clock, batchSize, pollMilliseconds, onKept };
    const own = { entries: this.entries, breakers: this.breakers, metrics: new OutboxMetrics(metrics, this.entries) };
    const times = { ...defaultTiming, ...timing };
    const delivering = { ...own, courier, clock, log, timing: times, pollMilliseconds, concurrency, random };
    return (lease, signal) => {
      const { organisation, purpose } = lease;
      const bell = new Bell();
      const isFeed = purpose.startsWith(feedPurpose);
      if (!isFeed) this.bells.set(bell, organisation);
      const lane = isFeed
        ? new FeedLane(feeding, lease, purpose.slice(feedPurpose.length), bell)
        : new DeliveryLane(delivering, { organisation, destination: purpose.slice(deliveryPurpose.length) }, bell);
      return lane.run(signal).finally(() => this.bells.delete(bell));
    };
  }

  private ring(organisation: string): void {
    for (const [bell, of] of this.bells) if (of === organisation) bell.ring();
  }
}
