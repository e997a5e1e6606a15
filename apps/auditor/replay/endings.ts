import { singleStream, type Header } from '@ardoise/format';
import type { Vocabulary } from '../verification/vocabulary';

/** What ended a unit. */
export interface Ended {
  readonly state: 'erased' | 'lost';
  readonly cause: string;
  /** Id of the event. */
  readonly event: string;
  readonly at: string;
}

const vaultStream = singleStream('vault');

/** Which units the log says have ended, and by which event. */
export class Endings {
  private readonly units = new Map<string, Ended>();
  private readonly days = new Map<string, Ended>();
  private organisation: Ended | undefined;

  /** @param wanted the units that will be asked for; all of them where it is absent */
  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly wanted?: ReadonlySet<string>,
  ) {}

  meet({ stream, type, facts, id, recordedAt }: Header): void {
    if (stream !== vaultStream) return;
    const cause = typeof facts.cause === 'string' ? facts.cause : typeof facts.reason === 'string' ? facts.reason : '';
    const ended = (state: Ended['state']): Ended => ({ state, cause, event: id, at: recordedAt });
    if (type === 'keys-fenced') this.meetUnits(facts.units, ended('erased'));
    if (type === 'keys-lost') this.meetUnits(facts.units, ended('lost'));
    if (type !== 'groups-ended') return;
    if (cause === 'contract') this.organisation ??= ended('erased');
    for (const one of cause === 'day' && Array.isArray(facts.groups) ? (facts.groups as unknown[]) : []) {
      const { category, day } = (one ?? {}) as { category?: unknown; day?: unknown };
      const key = `${String(category)} ${String(day)}`;
      if (!this.days.has(key)) this.days.set(key, ended('erased'));
    }
  }

  /** What ended the unit of an event's section; nothing while it lives. */
  of({ type, schema, sections }: Header, index: number): Ended | undefined {
    const { unit, day } = sections[index] as Header['sections'][number];
    const own = this.units.get(unit);
    if (own || day === undefined) return own ?? this.organisation;
    const categories = this.vocabulary.find(type, schema)?.sections[index]?.categories ?? [];
    const ofDay = categories
      .map((category) => this.days.get(`${category} ${day}`))
      .find((ended) => ended !== undefined);
    return ofDay ?? this.organisation;
  }

  private meetUnits(units: unknown, ended: Ended): void {
    for (const one of Array.isArray(units) ? (units as unknown[]) : []) {
      const unit = Array.isArray(one) ? (one as unknown[])[0] : undefined;
      if (typeof unit !== 'string' || this.units.has(unit) || this.wanted?.has(unit) === false) continue;
      this.units.set(unit, ended);
    }
  }
}
