import type { Checks } from './checks';
import type { Places } from './places';
import { tolerance } from './sayings';

/** Days that ended are few; whoever names more wants to fill the memory. */
const most = 1_000_000;

interface State {
  /** Time of the log by category and day. */
  readonly days: [string, number][];
  readonly organisation: number | null;
  readonly recovered: boolean;
}

/** Keys that ended for everybody at once: of a category's day, of the whole organisation. */
export class EndedDays {
  private readonly days: Map<string, number>;
  private readonly dates = new Set<string>();
  private organisation: number | undefined;
  /** Whether the log says that a part of it is missing, since it was put back from a backup. */
  recovered: boolean;
  /** What is still to be told: a place costs a reading. */
  private readonly found: { readonly code: string; readonly detail: string; readonly ordinal: number }[] = [];

  constructor(
    private readonly checks: Checks,
    saved?: unknown,
  ) {
    const { days, organisation, recovered } = (saved ?? { days: [], organisation: null, recovered: false }) as State;
    this.recovered = recovered;
    this.days = new Map(days);
    for (const [key] of days) this.dates.add(key.slice(-10));
    this.organisation = organisation ?? undefined;
  }

  endDay(category: string, day: string, clock: number): void {
    const key = `${category} ${day}`;
    if (this.days.has(key)) return;
    if (this.days.size >= most) {
      this.checks.unchecked('units', 'sections of ended days: there are too many');
      return;
    }
    this.days.set(key, clock);
    this.dates.add(day);
  }

  endOrganisation(clock: number): void {
    this.organisation ??= clock;
  }

  /** A section with a day, whose type may have it in these categories. */
  meet(day: string, categories: readonly string[] | undefined, ordinal: number, clock: number): void {
    if (!this.dates.has(day)) return;
    const ended = (categories ?? []).map((category) => this.days.get(`${category} ${day}`));
    if (ended.length === 0 || !ended.every((at) => at !== undefined && clock > at + tolerance)) return;
    this.tell('sealed-after-day', `a section is sealed under a key of ${day} after the end of that day`, ordinal);
  }

  /** An event with sections. */
  meetSealed(ordinal: number, clock: number): void {
    if (this.organisation === undefined || clock <= this.organisation + tolerance) return;
    this.tell('sealed-after-organisation', 'something is sealed after the end of the organisation', ordinal);
  }

  /** Whether units of that day (or none) ended together with others. */
  covers(day: string | undefined): boolean {
    return this.organisation !== undefined || (day !== undefined && day !== '' && this.dates.has(day));
  }

  async finish(places: Places): Promise<void> {
    for (const { code, detail, ordinal } of this.found) {
      this.checks.wrong('units', { code, detail, ...(await places.describe(ordinal)) });
    }
    this.found.length = 0;
  }

  toJSON(): State {
    return { days: [...this.days], organisation: this.organisation ?? null, recovered: this.recovered };
  }

  private tell(code: string, detail: string, ordinal: number): void {
    if (this.found.length < 10) this.found.push({ code, detail, ordinal });
  }
}
