/** Seconds of the past that a speed is told from. */
const window = 10;

interface Step {
  readonly at: number;
  readonly events: number;
}

/** How fast each of some kinds of work goes, lately. */
export class Speed {
  private readonly steps = new Map<string, Step[]>();

  /** `now` gives milliseconds. */
  constructor(private readonly now: () => number) {}

  /** Takes in what was done since the last call for that work; gives events in a second. */
  of(work: string, events: number): number {
    const at = this.now();
    const steps = (this.steps.get(work) ?? [{ at, events: 0 }]).filter((step) => at - step.at <= window * 1_000);
    steps.push({ at, events });
    this.steps.set(work, steps);
    const seconds = (at - (steps[0]?.at ?? at)) / 1_000;
    const done = steps.slice(1).reduce((sum, step) => sum + step.events, 0);
    return seconds > 0 ? done / seconds : 0;
  }
}
