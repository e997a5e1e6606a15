import { Inject, Injectable } from '@nestjs/common';
import { conflict, invalid } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { randomId, readHeader } from '@ardoise/format';
import { DataSource } from 'typeorm';
import { EVENT_STORE } from '../../platform/tokens';
import type { Subscription } from '../subscriptions/subscriptions';
import { WebhookOutbox } from './webhook-outbox';

/** Clocks of several servers differ by less. */
const marginMilliseconds = 5 * 60_000;

/** Tells a receiver once more of what was recorded in a period, under the same ids. */
@Injectable()
export class WebhookReplays {
  constructor(
    private readonly outbox: WebhookOutbox,
    private readonly database: DataSource,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** @throws Refusal `period-empty`, `webhook-ended`, `replay-under-way` */
  async ask({ organisation, id, state }: Subscription, from: Date, until: Date): Promise<void> {
    if (from >= until) throw invalid('period-empty', 'must lie after `from`', '/until');
    if (state === 'ended') throw conflict('webhook-ended', 'this webhook has ended; make another one');
    const { feeds } = this.outbox.runtime;
    const prefix = `replay-${id}-`;
    const open = (await feeds.list(organisation)).map(({ feed }) => feed).filter((feed) => feed.startsWith(prefix));
    if (open.length > 0) throw conflict('replay-under-way', 'a replay is under way; ask again when it is over');
    await this.database.query('DELETE FROM webhooks.replays WHERE organisation = $1 AND subscription = $2', [
      organisation,
      id,
    ]);
    const feed = prefix + randomId();
    await this.database.query(
      `INSERT INTO webhooks.replays (organisation, subscription, feed, from_instant, until_instant)
       VALUES ($1, $2, $3, $4, $5)`,
      [organisation, id, feed, from, until],
    );
    const position = await this.positionBefore(organisation, new Date(from.getTime() - marginMilliseconds));
    await feeds.open({ organisation, feed, position, until: await this.store.head(organisation) });
    this.outbox.runtime.lookNow();
  }

  /** A position with nothing recorded since the instant before it, by halving the log. */
  private async positionBefore(organisation: string, instant: Date): Promise<bigint> {
    let [low, high] = [0n, await this.store.head(organisation)];
    while (low < high) {
      const middle = (low + high) / 2n;
      const [event] = await this.store.readLog(organisation, middle, 1);
      if (event && new Date(readHeader(event.header).recordedAt) < instant) low = event.position;
      else high = middle;
    }
    return low;
  }
}
