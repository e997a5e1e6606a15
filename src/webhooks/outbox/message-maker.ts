import { Inject, Injectable } from '@nestjs/common';
import { eventAt, type EventStore, type StoredEvent } from '@ardoise/event-store';
import { type Header, readHeader } from '@ardoise/format';
import type { Policy } from '@ardoise/policy';
import { type AnyOpened, Opener, type OpenedSection } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { EVENT_STORE, POLICIES, VAULT } from '../../platform/tokens';
import { allowedCategories } from '../domain/terms';
import { GivenUnits } from '../subscriptions/given-units';
import type { Subscription } from '../subscriptions/subscriptions';

/** The body of a message: type, time and data, as Standard Webhooks recommends. */
export interface Message {
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly [name: string]: unknown };
}

/** Makes messages when they are delivered, from what is in the log and can be opened then. */
@Injectable()
export class MessageMaker {
  constructor(
    private readonly opener: Opener,
    private readonly given: GivenUnits,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(POLICIES) private readonly policies: ReadonlyMap<string, Policy>,
  ) {}

  /** The event at a position; undefined where the log has another one there, being another than it was. */
  async find(organisation: string, position: bigint, id: string): Promise<StoredEvent | undefined> {
    const stored = await eventAt(this.store, organisation, position);
    return stored && readHeader(stored.header).id === id ? stored : undefined;
  }

  /** Whether anything of an event could be opened for a receiver. */
  mayOpen(subscription: Subscription): boolean {
    return this.allowed(subscription).size > 0;
  }

  /** What the header says in clear, and of the sections those that the receiver may have and that can be opened. */
  async event(subscription: Subscription, stored: StoredEvent): Promise<Message> {
    const header = readHeader(stored.header);
    const { id: event, type, recordedAt, organisation, stream, version, schema } = header;
    const { request: _, ...facts } = header.facts;
    const clear = { event, organisation, stream, version, schema, position: stored.position.toString(), facts };
    const sections = header.sections.length > 0 ? await this.sections(subscription, stored) : [];
    const data = sections.length > 0 ? { ...clear, sections } : clear;
    return { type, timestamp: recordedAt, data };
  }

  /** What an event corrects, and which units of that the receiver was given; undefined where none. */
  async rectified(subscription: Subscription, stored: StoredEvent): Promise<Message | undefined> {
    const { organisation, id } = subscription;
    const header = readHeader(stored.header);
    const opened = await this.opener.open(organisation, [stored]);
    const corrects = opened.map(correctedBy).find((one) => one !== undefined);
    if (corrects === undefined) return undefined;
    const earlier = (await this.store.readStream(organisation, stored.stream))
      .map((one) => readHeader(one.header))
      .find((one) => one.id === corrects);
    const units = await this.given.among(organisation, id, unitsOf(earlier));
    if (units.length === 0) return undefined;
    return notice('data.rectified', header, { event: corrects, correctedBy: header.id, stream: header.stream, units });
  }

  /** Units that the receiver was given and that are kept only on a ground from now on; undefined where none. */
  async restricted(subscription: Subscription, stored: StoredEvent): Promise<Message | undefined> {
    const header = readHeader(stored.header);
    const units = await this.given.among(subscription.organisation, subscription.id, unitsOf(header));
    if (units.length === 0) return undefined;
    return notice('data.restricted', header, { event: header.id, stream: header.stream, units });
  }

  /** Units that the receiver was given and that have ended. */
  erased(stored: StoredEvent, units: readonly string[]): Message {
    const header = readHeader(stored.header);
    return notice('data.erased', header, { event: header.id, units });
  }

  /**
   * A unit is remembered as given before its state is asked for: whoever fences it afterwards finds who has it, and
   * what was fenced before, or is kept for others beside an erasure, is not given.
   */
  private async sections(subscription: Subscription, stored: StoredEvent): Promise<object[]> {
    const { organisation, id } = subscription;
    const allowed = this.allowed(subscription);
    if (allowed.size === 0) return [];
    const opened = await this.opener.open(organisation, [stored]);
    const wanted = opened
      .flatMap(({ sections }) => Object.entries(sections))
      .flatMap(([role, section]) => (section && allowed.has(section.category) ? [{ role, section }] : []));
    if (wanted.length === 0) return [];
    const given = wanted.map(({ section: { unit, category, day } }) => ({ unit, category, ...(day ? { day } : {}) }));
    const added = await this.given.remember(organisation, id, given);
    const states = await this.vault.unitsOfStream(organisation, stored.stream);
    const living = new Set(states.filter(({ state }) => state === 'active').map(({ unit }) => unit));
    const withheld = added.filter((unit) => !living.has(unit));
    if (withheld.length > 0) await this.given.forget(organisation, id, withheld);
    return wanted.filter(({ section }) => living.has(section.unit)).map(({ role, section }) => shown(role, section));
  }

  private allowed(subscription: Subscription): ReadonlySet<string> {
    return allowedCategories(subscription, this.policies.get(subscription.organisation));
  }
}

function shown(role: string, { unit, category, person, occurredAt, source, fields }: OpenedSection): object {
  return { role, category, unit, person, occurredAt, source, fields };
}

function notice(type: string, { recordedAt, organisation }: Header, data: object): Message {
  return { type, timestamp: recordedAt, data: { organisation, ...data } };
}

function unitsOf(header: Header | undefined): string[] {
  return header?.sections.map(({ unit }) => unit) ?? [];
}

function correctedBy({ sections }: AnyOpened): string | undefined {
  for (const section of Object.values(sections)) {
    const corrects = section && (section.fields as { readonly corrects?: unknown }).corrects;
    if (typeof corrects === 'string') return corrects;
  }
  return undefined;
}
