import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { DeliveriesHttp } from './commands/deliveries.http';
import { SubscriptionHttp } from './commands/subscription.http';
import { webhookMigrations } from './migrations';
import { MessageMaker } from './outbox/message-maker';
import { WebhookCourier } from './outbox/webhook-courier';
import { WebhookOutbox } from './outbox/webhook-outbox';
import { WebhookPlanner } from './outbox/webhook-planner';
import { WebhookReplays } from './outbox/webhook-replays';
import { WebhooksHttp } from './queries/webhooks.http';
import { GivenUnits } from './subscriptions/given-units';
import { WebhookSecrets } from './subscriptions/secrets';
import { Subscriptions } from './subscriptions/subscriptions';
import { Webhooks } from './subscriptions/webhooks';

@Module({
  controllers: [SubscriptionHttp, DeliveriesHttp, WebhooksHttp],
  providers: [
    Subscriptions,
    WebhookSecrets,
    GivenUnits,
    MessageMaker,
    WebhookPlanner,
    WebhookCourier,
    WebhookOutbox,
    WebhookReplays,
    Webhooks,
  ],
  exports: [WebhookOutbox, WebhookReplays, Webhooks, Subscriptions],
})
export class WebhooksModule {}

/** Tells receivers of others of what is recorded, and of what becomes of data that they were given. */
export const webhooks: Capability = {
  name: 'webhooks',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  followers: [WebhookOutbox],
  migrations: webhookMigrations,
  module: WebhooksModule,
};
