import { Inject, Injectable } from '@nestjs/common';
import { foldEvents, notFound } from '@ardoise/decider';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { kindOf } from '@ardoise/format';
import { LongReaders } from '@ardoise/readers';
import { Opener, storedId, type AnyOpened, type OpenedSection } from '@ardoise/sealing';
import type { UnitEntry, Vault } from '@ardoise/vault';
import { EndedUnits, type EndedUnit } from '../../erasures/queries/ended-units';
import type { AnyDecider } from '../../platform/capability';
import { Platform } from '../../platform/platform';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { plain } from './plain';

/** A section as an auditor sees it. */
export type ReplayedSection =
  | ({ readonly state: 'open' } & Omit<OpenedSection, 'request'>)
  /** Kept beside an erasure, on a ground that the reader did not name. */
  | { readonly state: 'kept'; readonly unit: string; readonly ground: string; readonly until: string }
  | { readonly state: 'other-person' }
  | { readonly state: 'erased'; readonly unit: string; readonly endedBy?: EndedUnit }
  | { readonly state: 'lost'; readonly unit: string };

export interface ReplayedEvent {
  /** Opaque; grows along the organisation's log. */
  readonly position: string;
  readonly stream: string;
  readonly version: number;
  /** As in the log. */
  readonly id: string;
  /** The present type and version; `stored` tells what stands in the log, where that is another. */
  readonly type: string;
  readonly schema: number;
  readonly stored?: { readonly type: string; readonly schema: number };
  readonly policy: number;
  readonly recordedAt: string;
  readonly service?: string;
  readonly facts: { readonly [name: string]: unknown };
  readonly sections: { readonly [role: string]: ReplayedSection };
}

export interface ReplayedStream {
  readonly stream: string;
  /** Count of its events at that moment. */
  readonly version: number;
  /** What its rules make of its events, erased parts left out. */
  readonly state: unknown;
}

export interface ReplayOf {
  readonly asOf: string;
  /** Of a person: whether they are erased. */
  readonly person?: 'active' | 'fenced' | 'erased';
  readonly streams: readonly ReplayedStream[];
  /** In the order of the log. */
  readonly events: readonly ReplayedEvent[];
}

export interface ReplayOptions {
  /** RFC 3339; events recorded later are left out. */
  readonly asOf?: string;
  /** Names the ground on which what was kept beside an erasure may be read. */
  readonly ground?: string;
}

/** What of an event's sections the reader may see. */
type Sight = (section: OpenedSection) => ReplayedSection;

const related = ['learning', 'attendance'] as const;

/** Shows the past from the log alone, as of any moment; erased parts as erased, with the event that ended them. */
@Injectable()
export class Replay {
  private readonly deciders: ReadonlyMap<string, AnyDecider>;

  constructor(
    platform: Platform,
    private readonly opener: Opener,
    private readonly ended: EndedUnits,
    private readonly readers: LongReaders,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {
    const all = platform.capabilities.flatMap(({ deciders }) => deciders as readonly AnyDecider[]);
    this.deciders = new Map(all.map((decider) => [decider.kind, decider]));
  }

  /** @throws Refusal `stream-not-found` */
  async stream(organisation: string, stream: string, options: ReplayOptions = {}): Promise<ReplayOf> {
    const sight = await this.sight(organisation, [stream], options);
    const replayed = await this.streams(organisation, [stream], options, sight);
    if (replayed.events.length === 0) throw notFound('stream-not-found', 'there is no such stream at that moment');
    return replayed;
  }

  /** An enrolment with its learning and its attendance. @throws Refusal `enrolment-not-found` */
  async enrolment(organisation: string, enrolment: string, options: ReplayOptions = {}): Promise<ReplayOf> {
    const naming = await this.vault.naming(organisation);
    const streams = related.map((kind) => `${kind}-${naming.id(kind, enrolment)}`);
    const all = [`enrolment-${enrolment}`, ...streams];
    const replayed = await this.streams(organisation, all, options, await this.sight(organisation, all, options));
    if (replayed.events.length === 0)
      throw notFound('enrolment-not-found', 'there is no such enrolment at that moment');
    return replayed;
  }

  /**
   * Everything recorded about a person and every alias. Of an erased one, what was kept stands there with its ground
   * and end; its content is shown to whoever names that ground. @throws Refusal `person-not-found`
   */
  async person(organisation: string, person: string, options: ReplayOptions = {}): Promise<ReplayOf> {
    const entry = await this.vault.person(organisation, person);
    if (!entry) throw notFound('person-not-found', 'there is no such person');
    const persons = await this.vault.aliases(organisation, person);
    const units = new Map((await this.vault.unitsOf(organisation, persons)).map((unit) => [unit.unit, unit]));
    const streams = [...new Set([...units.values()].map(({ stream }) => stream))].sort();
    const sight = sightOf(units, options.ground, new Set(persons));
    return { person: entry.state, ...(await this.streams(organisation, streams, options, sight)) };
  }

  private async sight(organisation: string, streams: readonly string[], { ground }: ReplayOptions): Promise<Sight> {
    const units = await Promise.all(streams.map((stream) => this.vault.unitsOfStream(organisation, stream)));
    return sightOf(new Map(units.flat().map((unit) => [unit.unit, unit])), ground);
  }

  /** What is opened here is held until it is told: an erasure waits for that. */
  private streams(
    organisation: string,
    streams: readonly string[],
    options: ReplayOptions,
    sight: Sight,
  ): Promise<ReplayOf> {
    return this.readers.during('replay', organisation, () => this.open(organisation, streams, options, sight));
  }

  private async open(
    organisation: string,
    streams: readonly string[],
    options: ReplayOptions,
    sight: Sight,
  ): Promise<ReplayOf> {
    const asOf = options.asOf ?? new Date(8.64e15).toISOString();
    const shown: ReplayedStream[] = [];
    const all: AnyOpened[] = [];
    for (const stream of streams) {
      const stored: StoredEvent[] = await this.store.readStream(organisation, stream);
      const events = (await this.opener.open(organisation, stored)).filter(
        ({ recordedAt }) => !isAfter(recordedAt, asOf),
      );
      if (events.length === 0) continue;
      const decider = this.deciders.get(kindOf(stream));
      const readable = events.every((event) =>
        Object.values(event.sections).every((s) => !s || sight(s).state === 'open'),
      );
      const state = decider && readable ? plain(foldEvents(decider, decider.initialState(), events)) : null;
      shown.push({ stream, version: (events.at(-1)?.version ?? -1) + 1, state });
      all.push(...events);
    }
    all.sort((a, b) => (a.position < b.position ? -1 : 1));
    const closed = all.flatMap((event) => event.closed.map(({ unit }) => unit));
    const ended = await this.ended.find(organisation, closed);
    return { asOf: options.asOf ?? 'now', streams: shown, events: all.map((event) => show(event, sight, ended)) };
  }
}

/** A recorded second lies after a moment only if it begins after it. */
function isAfter(recordedAt: string, moment: string): boolean {
  return Date.parse(recordedAt) > Date.parse(moment);
}

/** Of somebody's streams, others' sections are not theirs to see; kept ones are shown to whoever names the ground. */
function sightOf(units: ReadonlyMap<string, UnitEntry>, ground?: string, persons?: ReadonlySet<string>): Sight {
  return ({ request: _, ...section }) => {
    if (persons && !persons.has(section.person)) return { state: 'other-person' };
    const { ground: keptOn, keptUntil } = units.get(section.unit) ?? {};
    const kept = keptOn !== undefined && keptUntil !== undefined && section.category !== 'rights-request';
    if (!kept || keptOn === ground) return { state: 'open', ...section };
    return { state: 'kept', unit: section.unit, ground: keptOn, until: keptUntil.toISOString() };
  };
}

function show(event: AnyOpened, sight: Sight, ended: ReadonlyMap<string, EndedUnit>): ReplayedEvent {
  const sections: { [role: string]: ReplayedSection } = {};
  for (const [role, section] of Object.entries(event.sections)) if (section) sections[role] = sight(section);
  for (const { role, unit, state } of event.closed) {
    const endedBy = ended.get(unit);
    sections[role] = state === 'lost' ? { state, unit } : { state, unit, ...(endedBy ? { endedBy } : {}) };
  }
  const { stream, version, type, schema, policy, recordedAt, service, facts } = event;
  const position = event.position.toString();
  const header = { position, stream, version, id: storedId(event), type, schema, policy, recordedAt };
  const stored = event.stored && { type: event.stored.type, schema: event.stored.schema };
  return { ...header, ...(stored ? { stored } : {}), ...(service === undefined ? {} : { service }), facts, sections };
}
