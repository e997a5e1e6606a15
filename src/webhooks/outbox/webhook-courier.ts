import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import type { StoredEvent } from '@ardoise/event-store';
import type { Courier, Delivery, OutboxEntry } from '@ardoise/outbox';
import { LongReaders } from '@ardoise/readers';
import { Clock } from '@ardoise/time';
import { post, type Posted, signatureHeaders } from '@ardoise/webhook';
import { CONFIG } from '../../platform/tokens';
import { WebhookSecrets } from '../subscriptions/secrets';
import { type Subscription, Subscriptions } from '../subscriptions/subscriptions';
import type { EntryDetail, MessageKind } from './kinds';
import { type Message, MessageMaker } from './message-maker';

/** Brings messages to receivers, signed. Nothing of a message outlives the request. */
@Injectable()
export class WebhookCourier implements Courier {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly secrets: WebhookSecrets,
    private readonly messages: MessageMaker,
    private readonly readers: LongReaders,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async deliver(entry: OutboxEntry, signal: AbortSignal): Promise<Delivery> {
    const { organisation, destination, position } = entry;
    const subscription = await this.subscriptions.find(organisation, destination);
    if (!subscription) return nothing('subscription-gone');
    if (subscription.state === 'ended' && entry.kind === 'event') return nothing('subscription-ended');
    const { event } = entry.detail as EntryDetail;
    const stored = await this.messages.find(organisation, position, event);
    if (!stored) return nothing('event-gone');
    const bring = async (): Promise<Delivery> => {
      const message = await this.make(entry, subscription, stored);
      return message ? this.send(subscription, entry.key, message, signal) : nothing('not-given');
    };
    // What holds opened content is waited for by whoever destroys its key.
    const opens = entry.kind === 'rectification' || (entry.kind === 'event' && this.messages.mayOpen(subscription));
    return opens ? this.readers.during('webhook', organisation, bring) : bring();
  }

  private async make(
    { kind, detail }: OutboxEntry,
    subscription: Subscription,
    stored: StoredEvent,
  ): Promise<Message | undefined> {
    switch (kind as MessageKind) {
      case 'event':
        return this.messages.event(subscription, stored);
      case 'rectification':
        return this.messages.rectified(subscription, stored);
      case 'restriction':
        return this.messages.restricted(subscription, stored);
      case 'erasure':
        return this.messages.erased(stored, (detail as { readonly units: readonly string[] }).units);
    }
  }

  private async send(subscription: Subscription, id: string, message: Message, signal: AbortSignal): Promise<Delivery> {
    const { organisation, url } = subscription;
    const secrets = await this.secrets.valid(organisation, subscription.id);
    const body = JSON.stringify(message);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Ardoise-Webhooks/1',
      ...signatureHeaders({ id, sentAt: this.clock.now(), body }, secrets),
    };
    const { webhookReceivers, webhookTimeoutMilliseconds: timeoutMilliseconds } = this.config;
    const anywhere = webhookReceivers === 'any';
    const posted = await post(new URL(url), { headers, body, timeoutMilliseconds, anywhere, signal });
    if (posted.kind === 'answered' && posted.status === 410) await this.leaveAlone(subscription);
    return this.delivery(posted);
  }

  /** "Gone": the receiver wants nothing more, until an operator says otherwise. What waits keeps waiting. */
  private async leaveAlone(subscription: Subscription): Promise<void> {
    if (subscription.state !== 'active') return;
    await this.subscriptions.change(
      subscription,
      { state: 'paused', pausedBecause: 'receiver-gone' },
      this.clock.now(),
    );
  }

  private delivery(posted: Posted): Delivery {
    if (posted.kind === 'failed') return posted;
    const { status, retryAfter } = posted;
    if (status >= 200 && status < 300) return { kind: 'delivered', status };
    const code =
      status === 410 ? 'receiver-gone' : status >= 300 && status < 400 ? 'receiver-redirects' : 'receiver-refuses';
    const retryAfterMilliseconds = this.waitOf(retryAfter);
    return {
      kind: 'failed',
      code,
      status,
      ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    };
  }

  /** `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. */
  private waitOf(retryAfter: string | undefined): number | undefined {
    if (retryAfter === undefined) return undefined;
    if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
    const date = Date.parse(retryAfter);
    return Number.isNaN(date) ? undefined : Math.max(0, date - this.clock.now().getTime());
  }
}

function nothing(code: string): Delivery {
  return { kind: 'void', code };
}
