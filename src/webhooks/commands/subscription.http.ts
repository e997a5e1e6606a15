import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import type { FastifyReply } from 'fastify';
import { WebhookOutbox } from '../outbox/webhook-outbox';
import { type WebhookView, webhookView, WebhookView as View } from '../queries/webhook.view';
import type { Subscription, SubscriptionState } from '../subscriptions/subscriptions';
import { Webhooks } from '../subscriptions/webhooks';
import { asProblem } from './not-allowed';
import { RenewalBody, RevisionBody, SecretView, SubscribedView, SubscriptionBody } from './webhook-bodies';

const hour = 3_600_000;

/** Making, changing and ending webhooks. */
@ApiTags('webhooks')
@Controller('v1/organisations/:organisation/webhooks')
export class SubscriptionHttp {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly outbox: WebhookOutbox,
    private readonly clock: Clock,
  ) {}

  @Post()
  @ApiCommand({ summary: 'Have a receiver told of events as they are recorded', creates: SubscribedView })
  async subscribe(
    @Context() context: CommandContext,
    @Body() { url, types, role, categories = [] }: SubscriptionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscribedView> {
    const terms = { url, types, categories, ...(role === undefined ? {} : { role }) };
    const { subscription, secret } = await this.webhooks.subscribe(context, terms).catch(asProblem);
    const path = (reply.request.url.split('?')[0] as string).replace(/\/$/, '');
    void reply.header('location', `${path}/${subscription.id}`).header('cache-control', 'no-store');
    if (secret === undefined) void reply.header('idempotency-replayed', 'true');
    return { ...(await this.view(subscription, reply)), ...(secret === undefined ? {} : { secret }) };
  }

  @Post(':webhook/revision')
  @HttpCode(200)
  @ApiCommand({ summary: 'Change the address, or what is told', answers: View })
  async revise(
    @Context() context: CommandContext,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Body() { url, types, role, categories }: RevisionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    const change = {
      ...(url === undefined ? {} : { url }),
      ...(types === undefined ? {} : { types }),
      ...(role === undefined ? {} : { role }),
      ...(categories === undefined ? {} : { categories }),
    };
    return this.view(await this.webhooks.revise(context, id, change).catch(asProblem), reply);
  }

  @Post(':webhook/pause')
  @HttpCode(200)
  @ApiCommand({ summary: 'Let a webhook rest; what is recorded meanwhile waits', answers: View })
  pause(
    @Context() context: CommandContext,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    return this.put(context, id, 'paused', reply);
  }

  @Post(':webhook/resumption')
  @HttpCode(200)
  @ApiCommand({ summary: 'Let a webhook that rests go on', answers: View })
  resume(
    @Context() context: CommandContext,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    return this.put(context, id, 'active', reply);
  }

  @Post(':webhook/end')
  @HttpCode(200)
  @ApiCommand({
    summary: 'End a webhook: its receiver is told nothing more, but what becomes of data that it was given',
    answers: View,
  })
  end(
    @Context() context: CommandContext,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    return this.put(context, id, 'ended', reply);
  }

  @Post(':webhook/secret')
  @ApiCommand({ summary: 'Make a new secret; messages bear both signatures for a while', creates: SecretView })
  async renew(
    @Context() context: CommandContext,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Body() { overlapHours = 24 }: RenewalBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SecretView> {
    void reply.header('cache-control', 'no-store');
    const previousUntil = new Date(this.clock.now().getTime() + overlapHours * hour).toISOString();
    return { secret: await this.webhooks.renewSecret(context, id, overlapHours * hour), previousUntil };
  }

  private async put(
    context: CommandContext,
    id: string,
    state: SubscriptionState,
    reply: FastifyReply,
  ): Promise<WebhookView> {
    return this.view(await this.webhooks.setState(context, id, state), reply);
  }

  private async view(subscription: Subscription, reply: FastifyReply): Promise<WebhookView> {
    void reply.header('etag', `"${subscription.version}"`);
    const { organisation, id: destination } = subscription;
    return webhookView(subscription, await this.outbox.runtime.breaker({ organisation, destination }));
  }
}
