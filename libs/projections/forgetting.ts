import type { AnyOpened, ClosedSection, OpenedSection } from '@ardoise/sealing';

/** The event of the organisation's vault stream that names the units whose keys are about to be destroyed. */
export const keysFencedType = 'keys-fenced';

/** The event of that stream that names groups of keys: of a day of a category, or all of the organisation. */
export const groupsEndedType = 'groups-ended';

/**
 * Recorded under a unit that is kept beside an erasure: why, and until when. From there on what it holds is for those
 * alone who name that ground, and they read it from the log: it leaves the read models.
 */
export const keptUntilType = 'kept-until-recorded';

/** The types that the runtime itself goes by, whatever projections want. */
export const forgettingTypes: readonly string[] = [keysFencedType, groupsEndedType, keptUntilType];

/** An event that ends keys, whose facts are not as they must be: nothing may pass it. */
export class MalformedEndError extends Error {
  override readonly name = 'MalformedEndError';

  constructor(
    readonly code: 'keys-fenced-malformed' | 'groups-ended-malformed',
    message: string,
  ) {
    super(message);
  }
}

/** A category's day: what is recorded under it ends for everybody at once. */
export interface CategoryDay {
  readonly category: string;
  /** YYYY-MM-DD. */
  readonly day: string;
}

/** What leaves the read models with an event. */
export interface Leaving {
  readonly units: readonly string[];
  readonly days: readonly CategoryDay[];
  /** All of the organisation. */
  readonly everything: boolean;
}

const nothing: Leaving = { units: [], days: [], everything: false };

/** @throws MalformedEndError */
export function leavingWith(event: AnyOpened): Leaving {
  switch (event.type) {
    case keysFencedType:
      return { ...nothing, units: fencedUnits(event) };
    case groupsEndedType:
      return endedGroups(event);
    case keptUntilType:
      return { ...nothing, units: Object.values(event.sections).flatMap((section) => (section ? [section.unit] : [])) };
    default:
      return nothing;
  }
}

function fencedUnits(event: AnyOpened): string[] {
  const malformed = (what: string) => new MalformedEndError('keys-fenced-malformed', `event ${event.id} names ${what}`);
  const { units } = event.facts;
  if (!Array.isArray(units)) throw malformed('no units');
  return units.map((entry: unknown) => {
    const unit: unknown = Array.isArray(entry) ? entry[0] : undefined;
    if (typeof unit !== 'string' || !/^[0-9a-f]{32}$/.test(unit)) throw malformed('something that is no unit');
    return unit;
  });
}

/** Where an epoch ends nothing lives under its groups any more: that concerns no row. */
function endedGroups(event: AnyOpened): Leaving {
  const malformed = (what: string) => new MalformedEndError('groups-ended-malformed', `event ${event.id} ${what}`);
  const { cause, groups } = event.facts;
  if (!Array.isArray(groups)) throw malformed('names no groups');
  if (cause === 'epoch') return nothing;
  if (cause === 'contract') return { ...nothing, everything: true };
  if (cause !== 'day') throw malformed('has a cause that is none');
  const days = groups.map((group: unknown) => {
    const { category, day } = (group ?? {}) as { category?: unknown; day?: unknown };
    if (typeof category !== 'string' || typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day)) {
      throw malformed('ends a day and names none');
    }
    return { category, day };
  });
  return { ...nothing, days };
}

/** What names the unit of a section, and how it may end. */
export type SectionEnd = Pick<OpenedSection, 'unit' | 'category' | 'day'>;

/** What is forgotten in an organisation, as far as a batch may meet it. */
export class Forgotten {
  private readonly units: Set<string>;
  private readonly days: Set<string>;
  private all: boolean;

  constructor({ units, days, everything }: Leaving = nothing) {
    this.units = new Set(units);
    this.days = new Set(days.map(nameOfDay));
    this.all = everything;
  }

  /** Whether the organisation has ended, and with it everything. */
  get everything(): boolean {
    return this.all;
  }

  get isEmpty(): boolean {
    return this.units.size === 0 && this.days.size === 0 && !this.all;
  }

  copy(): Forgotten {
    const copy = new Forgotten();
    for (const unit of this.units) copy.units.add(unit);
    for (const day of this.days) copy.days.add(day);
    copy.all = this.all;
    return copy;
  }

  add({ units, days, everything }: Leaving): void {
    for (const unit of units) this.units.add(unit);
    for (const day of days) this.days.add(nameOfDay(day));
    this.all ||= everything;
  }

  has({ unit, category, day }: SectionEnd): boolean {
    return this.all || this.units.has(unit) || (day !== undefined && this.days.has(nameOfDay({ category, day })));
  }
}

function nameOfDay({ category, day }: CategoryDay): string {
  return `${day} ${category}`;
}

/**
 * The event as if what is forgotten had never been readable (invariant 10): it may have been opened before its end, or
 * with a key from a cache.
 */
export function withoutForgotten(event: AnyOpened, forgotten: Forgotten): AnyOpened {
  if (forgotten.isEmpty) return event;
  const sections: { [role: string]: OpenedSection } = {};
  const closed: ClosedSection[] = [...event.closed];
  for (const role in event.sections) {
    const section = event.sections[role];
    if (!section) continue;
    if (forgotten.has(section)) closed.push({ role, unit: section.unit, state: 'erased' });
    else sections[role] = section;
  }
  return closed.length === event.closed.length ? event : { ...event, sections, closed };
}
