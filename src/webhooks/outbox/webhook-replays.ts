import { Inject, Injectable } from '@nestjs/common';
import { conflict, invalid } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { randomId } from '@ardoise/format';
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
    const { entries } = this.outbox.runtime;
    const position = await entries.positionBefore(organisation, new Date(from.getTime() - marginMilliseconds));
    await feeds.open({ organisation, feed, position, until: await this.store.head(organisation) });
    this.outbox.runtime.lookNow();
  }
}
