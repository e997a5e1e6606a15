import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import { type CommandContext, conflict, Refusal } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { liveFeed } from '@ardoise/outbox';
import type { Policy } from '@ardoise/policy';
import { EventRegistry } from '@ardoise/sealing';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { CONFIG, EVENT_STORE, POLICIES, VAULT } from '../../platform/tokens';
import { checkTerms, type Terms } from '../domain/terms';
import { WebhookOutbox } from '../outbox/webhook-outbox';
import { checkReceiverAddress } from './receiver-address';
import { WebhookSecrets } from './secrets';
import { type Subscription, Subscriptions, type SubscriptionState } from './subscriptions';

export interface SubscriptionTerms extends Terms {
  readonly url: string;
}

/** A subscription that was made, with its secret where it was made just now: it is shown once. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly secret?: string;
}

/** Most subscriptions of an organisation that have not ended. */
const most = 50;

/** What operators do with subscriptions of webhooks. */
@Injectable()
export class Webhooks {
  private readonly known: ReadonlySet<string>;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly secrets: WebhookSecrets,
    private readonly outbox: WebhookOutbox,
    private readonly clock: Clock,
    registry: EventRegistry,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(POLICIES) private readonly policies: ReadonlyMap<string, Policy>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {
    this.known = new Set(registry.all().map(({ type }) => type));
  }

  /** @throws Refusal `webhook-not-found` */
  async get(organisation: string, id: string): Promise<Subscription> {
    const subscription = await this.subscriptions.find(organisation, id);
    if (subscription) return subscription;
    throw new Refusal('not-found', 'webhook-not-found', 'there is no such webhook');
  }

  /** Tells a receiver of what is recorded from now on. @throws Refusal, CategoriesNotAllowedError */
  async subscribe({ organisation, commandId }: CommandContext, terms: SubscriptionTerms): Promise<Subscribed> {
    const checked = this.checked(organisation, terms);
    const id = (await this.vault.naming(organisation)).id('webhook', commandId);
    const earlier = await this.subscriptions.find(organisation, id);
    if (earlier) return { subscription: earlier };
    const all = await this.subscriptions.ofOrganisation(organisation);
    if (all.filter(({ state }) => state !== 'ended').length >= most) {
      throw conflict('webhooks-too-many', `an organisation has at most ${most} webhooks; end one that nobody needs`);
    }
    const after = await this.store.head(organisation);
    await this.outbox.runtime.feeds.open({ organisation, feed: liveFeed, position: after });
    // First the secret: a subscription without one could sign nothing.
    const secret = await this.secrets.renew(organisation, id, 0);
    const now = this.clock.now();
    const made = { ...checked, organisation, id, after, version: 1, createdAt: now, changedAt: now };
    await this.subscriptions.add({ ...made, state: 'active' });
    this.outbox.runtime.lookNow();
    return { subscription: await this.get(organisation, id), secret };
  }

  /** Changes where messages go or what is told, from the next one on. */
  async revise(context: CommandContext, id: string, change: Partial<SubscriptionTerms>): Promise<Subscription> {
    const before = await this.living(context.organisation, id);
    return this.change(context, before, this.checked(context.organisation, { ...before, ...change }));
  }

  /** Lets it rest, or go on. What is recorded meanwhile waits. */
  async setState(context: CommandContext, id: string, state: SubscriptionState): Promise<Subscription> {
    const before =
      state === 'ended' ? await this.get(context.organisation, id) : await this.living(context.organisation, id);
    return before.state === state ? before : this.change(context, before, { state });
  }

  /** A new secret, shown once; the one before stays valid for so long still. */
  async renewSecret({ organisation }: CommandContext, id: string, overlapMilliseconds: number): Promise<string> {
    await this.living(organisation, id);
    return this.secrets.renew(organisation, id, overlapMilliseconds);
  }

  private async living(organisation: string, id: string): Promise<Subscription> {
    const subscription = await this.get(organisation, id);
    if (subscription.state !== 'ended') return subscription;
    throw conflict('webhook-ended', 'this webhook has ended; make another one');
  }

  private checked(organisation: string, { url, types, role, categories }: SubscriptionTerms): SubscriptionTerms {
    const policy = this.policies.get(organisation);
    if (!policy) throw new Refusal('not-found', 'organisation-not-found', 'there is no such organisation');
    const terms = {
      types: [...new Set(types)],
      ...(role === undefined ? {} : { role }),
      categories: [...new Set(categories)],
    };
    checkTerms(terms, policy, this.known);
    return { url: checkReceiverAddress(url, this.config.webhookReceivers), ...terms };
  }

  private async change(
    { organisation, expectedVersion }: CommandContext,
    before: Subscription,
    change: Partial<Subscription>,
  ): Promise<Subscription> {
    const isStale = expectedVersion !== undefined && expectedVersion !== before.version;
    if (isStale || !(await this.subscriptions.change(before, change, this.clock.now()))) {
      throw new Refusal('stale', 'version-stale', 'the webhook was changed meanwhile; read it again');
    }
    this.outbox.runtime.lookNow();
    return this.get(organisation, before.id);
  }
}
