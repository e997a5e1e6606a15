import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, cursorOf, defaultLimit, IdPipe, OneOf, type Page, PageQuery, pageOf } from '@ardoise/http';
import type { EntryState, ListedEntry } from '@ardoise/outbox';
import type { FastifyReply } from 'fastify';
import { WebhookOutbox } from '../outbox/webhook-outbox';
import { Subscriptions } from '../subscriptions/subscriptions';
import { Webhooks } from '../subscriptions/webhooks';
import { DeliveryView, deliveryView, WebhookView, webhookView } from './webhook.view';

const states = ['pending', 'delivered', 'dead', 'dismissed'] as const;

class DeliveriesQuery extends PageQuery {
  @OneOf(states, { optional: true, description: '"dead" for dead letters.' })
  state?: EntryState;
}

class WebhooksView {
  @ApiProperty({ type: [WebhookView] })
  items: WebhookView[];
}

/** Who is told of an organisation's events, and what was delivered. */
@ApiTags('webhooks')
@Controller('v1/organisations/:organisation/webhooks')
export class WebhooksHttp {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly subscriptions: Subscriptions,
    private readonly outbox: WebhookOutbox,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'All webhooks, also those that have ended', answers: WebhooksView })
  async list(@Param('organisation') organisation: string): Promise<WebhooksView> {
    const all = await this.subscriptions.ofOrganisation(organisation);
    const items = await Promise.all(
      all.map(async (one) =>
        webhookView(one, await this.outbox.runtime.breaker({ organisation, destination: one.id })),
      ),
    );
    return { items };
  }

  @Get(':webhook')
  @ApiQueryRoute({ summary: 'A webhook, and how its receiver does', answers: WebhookView })
  async one(
    @Param('organisation') organisation: string,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    const subscription = await this.webhooks.get(organisation, id);
    void reply.header('etag', `"${subscription.version}"`);
    return webhookView(subscription, await this.outbox.runtime.breaker({ organisation, destination: id }));
  }

  @Get(':webhook/deliveries')
  @ApiQueryRoute({
    summary: 'What was, will or could not be delivered, latest first',
    answers: DeliveryView,
    list: true,
  })
  async deliveries(
    @Param('organisation') organisation: string,
    @Param('webhook', new IdPipe('webhook')) destination: string,
    @Query() { limit = defaultLimit, after, state }: DeliveriesQuery,
  ): Promise<Page<DeliveryView>> {
    await this.webhooks.get(organisation, destination);
    const cursor = cursorOf(after, isPosition, isKey);
    const entries = await this.outbox.runtime.entries.list({
      organisation,
      destination,
      limit: limit + 1,
      ...(state === undefined ? {} : { state }),
      ...(cursor ? { before: { position: BigInt(cursor[0] as string), key: cursor[1] as string } } : {}),
    });
    const key = ({ position, key: id }: ListedEntry): string[] => [position.toString(), id];
    return pageOf(entries, limit, deliveryView, key);
  }
}

const isPosition = (part: string): boolean => /^\d{1,18}$/.test(part);
const isKey = (part: string): boolean => /^[a-z]{3}_[0-9a-f]{32}$/.test(part);
