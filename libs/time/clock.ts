/** The one source of time. Every deadline, period and lease is computed from it, so that tests move it by years. */
export abstract class Clock {
  abstract now(): Date;
}

/** The machine's clock. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

/** A clock that stands still until it is moved. */
export class SettableClock extends Clock {
  constructor(private instant: Date) {
    super();
  }

  now(): Date {
    return new Date(this.instant);
  }

  set(instant: Date): void {
    this.instant = new Date(instant);
  }

  /** Moves the clock by milliseconds. */
  advance(milliseconds: number): void {
    this.instant = new Date(this.instant.getTime() + milliseconds);
  }
}

/** An instant as the log writes `recordedAt`: RFC 3339 in UTC, whole seconds. */
export function toSecond(instant: Date): string {
  return instant.toISOString().slice(0, 19) + 'Z';
}
