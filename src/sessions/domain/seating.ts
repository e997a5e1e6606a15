import type { Moment } from '@ardoise/decider';
import { never } from '@ardoise/decider';
import type { SessionEvent, SessionOutline } from './events';

/** Where a seat stands. A seat that was released stands nowhere. */
export type Seat =
  /** `offered`: to somebody who waited and has to say that they take it. */
  | { readonly state: 'held'; readonly lapsesAt: string; readonly offered: boolean }
  | { readonly state: 'confirmed' }
  | { readonly state: 'queued' };

/** All seats that somebody has or waits for; those queued stand in the order in which they came. */
export type Seats = ReadonlyMap<string, Seat>;

export type SeatEvent = Extract<
  SessionEvent,
  { readonly type: 'seat-held' | 'seat-queued' | 'seat-confirmed' | 'seat-released' }
>;

type SeatFact = Pick<SeatEvent, 'type'> & { readonly facts: { readonly seat: string; readonly lapsesAt?: string } };

/** How long a held seat waits to be confirmed. */
export const holdMinutes = 15;

/** The seats after an event; it needs the facts only. @param asks whether those who wait are asked before it is theirs */
export function seatsAfter(seats: Seats, { type, facts: { seat, lapsesAt = '' } }: SeatFact, asks = false): Seats {
  const next = new Map(seats);
  switch (type) {
    case 'seat-held':
      return next.set(seat, { state: 'held', lapsesAt, offered: asks && seats.get(seat)?.state === 'queued' });
    case 'seat-confirmed':
      return next.set(seat, { state: 'confirmed' });
    case 'seat-queued':
      next.delete(seat);
      return next.set(seat, { state: 'queued' });
    case 'seat-released':
      next.delete(seat);
      return next;
    default:
      return never(type);
  }
}

/** How many seats are not free: confirmed, or held and not lapsed at that instant. */
export function takenAt(seats: Seats, now: string): number {
  return [...seats.values()].filter(
    (seat) => seat.state === 'confirmed' || (seat.state === 'held' && now < seat.lapsesAt),
  ).length;
}

/** Decides about seats step by step, each step on the seats that the one before left. */
export class SeatingPlan {
  readonly events: SeatEvent[] = [];

  constructor(
    private seats: Seats,
    private readonly outline: SessionOutline,
    private readonly moment: Moment,
    /** How long whoever waited has to answer; 0: they are not asked. */
    private readonly answerHours = 0,
  ) {}

  standing(seat: string): Seat | undefined {
    return this.seats.get(seat);
  }

  /** Gives the seat if one is free and nobody was there before; queues it otherwise. */
  take(seat: string): this {
    return this.isFree() && !this.next()
      ? this.hold(seat)
      : this.add({ type: 'seat-queued', facts: { seat }, sections: {} });
  }

  confirm(seat: string): this {
    return this.add({ type: 'seat-confirmed', facts: { seat }, sections: {} });
  }

  release(seat: string): this {
    return this.add({ type: 'seat-released', facts: { seat }, sections: {} });
  }

  /** Releases every held seat that was not confirmed in time. */
  lapse(): this {
    for (const [seat, standing] of this.seats) {
      if (standing.state === 'held' && standing.lapsesAt <= this.moment.now) this.release(seat);
    }
    return this;
  }

  /**
   * Gives free seats to those who wait, in their order. A place that comes free on the last day or later goes to
   * nobody: whoever waits could no longer take part.
   */
  promote(): this {
    if (this.moment.occurredAt.slice(0, 10) >= this.outline.endsOn) return this;
    for (let seat = this.next(); seat !== undefined && this.isFree(); seat = this.next()) {
      this.hold(seat, this.minutesToAnswer());
    }
    return this;
  }

  /** Not beyond the beginning of the last day, when nobody could take part any more. */
  private minutesToAnswer(): number {
    if (this.answerHours === 0) return holdMinutes;
    const left = (Date.parse(`${this.outline.endsOn}T00:00:00Z`) - Date.parse(this.moment.now)) / 60_000;
    return Math.max(holdMinutes, Math.min(this.answerHours * 60, left));
  }

  private hold(seat: string, minutes = holdMinutes): this {
    const lapsesAt = new Date(Date.parse(this.moment.now) + minutes * 60_000).toISOString();
    return this.add({ type: 'seat-held', facts: { seat, lapsesAt }, sections: {} });
  }

  /** A seat whose time is over counts until its release is recorded, so that capacity holds in the log itself. */
  private isFree(): boolean {
    const { capacity } = this.outline;
    if (capacity === undefined) return true;
    return [...this.seats.values()].filter(({ state }) => state !== 'queued').length < capacity;
  }

  private next(): string | undefined {
    for (const [seat, { state }] of this.seats) if (state === 'queued') return seat;
    return undefined;
  }

  private add(event: SeatEvent): this {
    this.events.push(event);
    this.seats = seatsAfter(this.seats, event, this.answerHours > 0);
    return this;
  }
}
