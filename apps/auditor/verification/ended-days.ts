import type { Checks } from './checks';
import type { Places } from './places';
import { tolerance } from './sayings';

/** Days that ended are few; whoever names more wants to fill the memory. */
const most = 1_000_000;

interface State {
  /** Time of the log by category and day. */
  readonly days: [string, number][];
  readonly choices: readonly (readonly string[])[];
  readonly organisation: number | null;
  readonly recovered: boolean;
}

const nothing: State = { days: [], choices: [], organisation: null, recovered: false };

/** Keys that ended for everybody at once: of a category's day, of the whole organisation. */
export class EndedDays {
  private readonly days: Map<string, number>;
  private readonly dates = new Set<string>();
  /** Lists of categories that a section may have, by a short number. */
  private readonly choices: (readonly string[])[];
  private readonly numbers = new Map<readonly string[], number>();
  private organisation: number | undefined;
  /** Whether the log says that a part of it is missing, since it was put back from a backup. */
  recovered: boolean;
  /** What is still to be told: a place costs a reading. */
  private readonly found: { readonly code: string; readonly detail: string; readonly ordinal: number }[] = [];

  constructor(
    private readonly checks: Checks,
    saved?: unknown,
  ) {
    const { days, choices, organisation, recovered } = (saved ?? nothing) as State;
    this.choices = [...choices];
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

  /** The number by which `covers` knows a list of categories: 0 where nothing is known of them. */
  choiceOf(categories: readonly string[] | undefined): number {
    if (categories === undefined) return 0;
    const known = this.numbers.get(categories);
    if (known !== undefined) return known;
    const text = categories.join(' ');
    const index = this.choices.findIndex((choice) => choice.join(' ') === text);
    const number = index >= 0 ? index + 1 : this.choices.push(categories);
    this.numbers.set(categories, number);
    return number;
  }

  /** Whether units of that day, of one of these categories, ended together with others. */
  covers(day: string, choice: number): boolean {
    if (this.organisation !== undefined) return true;
    if (!this.dates.has(day)) return false;
    return this.choices[choice - 1]?.some((category) => this.days.has(`${category} ${day}`)) ?? true;
  }

  async finish(places: Places): Promise<void> {
    for (const { code, detail, ordinal } of this.found) {
      this.checks.wrong('units', { code, detail, ...(await places.describe(ordinal)) });
    }
    this.found.length = 0;
  }

  toJSON(): State {
    const { choices } = this;
    return { days: [...this.days], choices, organisation: this.organisation ?? null, recovered: this.recovered };
  }

  private tell(code: string, detail: string, ordinal: number): void {
    if (this.found.length < 10) this.found.push({ code, detail, ordinal });
  }
}
