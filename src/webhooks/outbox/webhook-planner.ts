import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '@ardoise/event-store';
import { type Header, readHeader } from '@ardoise/format';
import { liveFeed, type Plan, type Planner } from '@ardoise/outbox';
import { EventRegistry, type EventDeclaration } from '@ardoise/sealing';
import { DataSource } from 'typeorm';
import { keptUntilRecorded } from '../../erasures/domain/events';
import { groupsEnded, keysFenced, type EndedGroup } from '../../keys/domain/events';
import { wants } from '../domain/terms';
import { type EndingUnits, GivenUnits } from '../subscriptions/given-units';
import { type Subscription, Subscriptions } from '../subscriptions/subscriptions';
import { messageId, type MessageKind, type WebhookEntry } from './kinds';

interface Read {
  readonly position: bigint;
  readonly header: Header;
}

/** Says who is to be told of events, from headers alone: nothing is opened here. */
@Injectable()
export class WebhookPlanner implements Planner {
  /** Types that can say that an earlier event was wrong. */
  private readonly rectifying: ReadonlySet<string>;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly given: GivenUnits,
    private readonly database: DataSource,
    registry: EventRegistry,
  ) {
    this.rectifying = new Set(
      registry
        .all()
        .filter(canCorrect)
        .map(({ type }) => type),
    );
  }

  async plan(organisation: string, feed: string, events: readonly StoredEvent[]): Promise<Plan> {
    const all = await this.subscriptions.ofOrganisation(organisation);
    const read = events.map(({ position, header }) => ({ position, header: readHeader(header) }));
    if (feed !== liveFeed) return { entries: await this.again(organisation, feed, all, read) };
    const told = all.filter(({ state }) => state !== 'ended');
    const entries = read.flatMap((one) =>
      told
        .filter((subscription) => one.position > subscription.after && wants(subscription, one.header.type))
        .map((subscription) => entry('event', subscription, one)),
    );
    const notices = read.flatMap((one) => this.notices(all, one));
    return this.withEnds(organisation, read, [...entries, ...notices]);
  }

  /** Events of a period, once more, for the one who asked. */
  private async again(
    organisation: string,
    feed: string,
    all: readonly Subscription[],
    read: readonly Read[],
  ): Promise<WebhookEntry[]> {
    const [replay]: { subscription: string; from_instant: Date; until_instant: Date }[] = await this.database.query(
      'SELECT subscription, from_instant, until_instant FROM webhooks.replays WHERE organisation = $1 AND feed = $2',
      [organisation, feed],
    );
    const subscription = all.find(({ id }) => id === replay?.subscription);
    if (!replay || !subscription || subscription.state === 'ended') return [];
    return read
      .filter(({ header: { type, recordedAt } }) => {
        const instant = new Date(recordedAt);
        return wants(subscription, type) && instant >= replay.from_instant && instant < replay.until_instant;
      })
      .map((one) => entry('event', subscription, one));
  }

  /**
   * Corrections and what is kept beside an erasure, for all who may have been given content. Whether they were given
   * this is known when it is their turn: what they were given of the stream stands before it in the outbox.
   */
  private notices(all: readonly Subscription[], one: Read): WebhookEntry[] {
    const { type } = one.header;
    const kind = this.rectifying.has(type)
      ? 'rectification'
      : type === keptUntilRecorded.type
        ? 'restriction'
        : undefined;
    if (!kind) return [];
    return all.filter(({ categories }) => categories.length > 0).map((subscription) => entry(kind, subscription, one));
  }

  /**
   * Ends of keys. Who was given a unit is told, and the unit forgotten, in the transaction that passes its end. What is
   * being delivered meanwhile does not slip through: a courier remembers a unit before it looks whether it is fenced, and
   * the fence stands before its end is in the log.
   */
  private async withEnds(organisation: string, read: readonly Read[], entries: WebhookEntry[]): Promise<Plan> {
    const forgotten: string[] = [];
    for (const one of read) {
      const ends = endsOf(one.header);
      if (!ends) continue;
      for (const [destination, units] of await this.given.ending(organisation, ends)) {
        const { position, header } = one;
        const { stream, type, id: event } = header;
        const detail = { event, type, units };
        const key = messageId('erasure', event);
        entries.push({ destination, key, stream, position, kind: 'erasure', detail });
        forgotten.push(...units);
      }
    }
    if (forgotten.length === 0) return { entries };
    return { entries, also: (client) => this.given.forgetEnded(client, organisation, forgotten) };
  }
}

function entry(kind: MessageKind, { id }: Subscription, { position, header }: Read): WebhookEntry {
  const { stream, type, id: event } = header;
  return { destination: id, key: messageId(kind, event), stream, position, kind, detail: { event, type } };
}

function canCorrect({ sections }: EventDeclaration): boolean {
  return Object.values(sections).some(({ fields }) => Object.hasOwn(fields, 'corrects'));
}

function endsOf({ type, facts }: Header): EndingUnits | undefined {
  if (type === keysFenced.type) {
    return { units: (facts.units as unknown as readonly [string, string][]).map(([unit]) => unit), days: [] };
  }
  if (type !== groupsEnded.type || facts.cause !== 'day') return undefined;
  const groups = facts.groups as unknown as readonly EndedGroup[];
  return {
    units: [],
    days: groups.flatMap(({ category, day }) =>
      category !== undefined && day !== undefined ? [{ category, day }] : [],
    ),
  };
}
