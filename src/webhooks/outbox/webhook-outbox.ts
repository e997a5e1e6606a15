import { Injectable } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { OutboxRuntime } from '@ardoise/outbox';
import { EndedOrganisations } from '../../platform/ended-organisations';
import type { LogFollower } from '../../platform/capability';
import { Platform } from '../../platform/platform';
import { Subscriptions } from '../subscriptions/subscriptions';
import { WebhookCourier } from './webhook-courier';
import { WebhookPlanner } from './webhook-planner';

/** The outbox of webhooks: fed from the logs, and emptied to receivers, in processes that do the work. */
@Injectable()
export class WebhookOutbox implements LogFollower {
  /** Entries, dead letters and feeds; looking at them needs no work to be done here. */
  readonly runtime: OutboxRuntime;
  private readonly store: EventStore;

  constructor(
    platform: Platform,
    private readonly ended: EndedOrganisations,
    planner: WebhookPlanner,
    courier: WebhookCourier,
    private readonly subscriptions: Subscriptions,
  ) {
    const { store } = platform;
    const { pools, clock, metrics, log, quarantines, departure, rests } = platform;
    this.store = store;
    this.runtime = new OutboxRuntime({
      store,
      pool: pools.read,
      planner,
      courier,
      destinations: async () =>
        (await subscriptions.told()).map(({ organisation, id }) => ({ organisation, destination: id })),
      // In quarantine nobody is told anything: the log may be older than what they know.
      runs: (organisation) => !rests(organisation) && !ended.has(organisation),
      clock,
      metrics,
      log,
    });
    quarantines.onLifted(() => this.runtime.lookNow());
    departure.onChange(() => this.runtime.lookNow());
  }

  start(): Promise<void> {
    this.runtime.start();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.runtime.stop();
  }

  /** Of an organisation that has ended nothing is told any more, and nothing of it waits for that. */
  passed(organisation: string): Promise<bigint> {
    return this.ended.has(organisation) ? this.store.head(organisation) : this.runtime.passed(organisation);
  }

  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.subscriptions.setBack(organisation, to);
    await this.runtime.feeds.setBack(organisation, to);
  }
}
