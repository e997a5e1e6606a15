import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Recorder, type CommandContext } from '@ardoise/decider';
import { ConfirmSeatCommand } from './commands/confirm-seat/confirm-seat.command';
import { HoldSeatCommand } from './commands/hold-seat/hold-seat.command';
import { LapseSeatsCommand } from './commands/lapse-seats/lapse-seats.command';
import { ReleaseSeatCommand } from './commands/release-seat/release-seat.command';
import type { Seat } from './domain/seating';
import { session } from './domain/session';

export { seatHeld } from './domain/events';

export type SeatState = Seat['state'];

/** What other capabilities do with the seats of a session. A seat is an id that says nothing of whose it is. */
@Injectable()
export class Seats {
  constructor(
    private readonly commands: CommandBus,
    private readonly recorder: Recorder,
  ) {}

  /** Where the seat stands now, as the log has it; undefined when nobody has it or waits for it. */
  async standing(organisation: string, id: string, seat: string): Promise<SeatState | undefined> {
    const { state } = await this.recorder.fold(session, organisation, `${session.kind}-${id}`);
    return state.seats.get(seat)?.state;
  }

  /** Until when somebody who waited can take the seat that is held for them; undefined where they are not asked. */
  async offer(organisation: string, id: string, seat: string): Promise<{ readonly answerBy: string } | undefined> {
    const { state } = await this.recorder.fold(session, organisation, `${session.kind}-${id}`);
    const standing = state.seats.get(seat);
    return standing?.state === 'held' && standing.offered ? { answerBy: standing.lapsesAt } : undefined;
  }

  /**
   * Asks for a seat: held when one is free, queued otherwise; nothing when it is held or queued already.
   * @throws Refusal `session-not-found`, `session-cancelled`
   */
  async hold(context: CommandContext, id: string, seat: string): Promise<void> {
    await this.commands.execute(new HoldSeatCommand(context, id, seat));
  }

  /** @throws Refusal `seat-not-held`: it lapsed or was released, and may be asked for again. */
  async confirm(context: CommandContext, id: string, seat: string): Promise<void> {
    await this.commands.execute(new ConfirmSeatCommand(context, id, seat));
  }

  /**
   * Gives a seat back; the next in the queue gets it. Nothing when it is not taken, or not held until the instant that is
   * given. @throws Refusal `session-not-found`
   */
  async release(context: CommandContext, id: string, seat: string, heldUntil?: string): Promise<void> {
    await this.commands.execute(new ReleaseSeatCommand(context, id, seat, heldUntil));
  }

  /** Releases the held seats that nobody confirmed in time. @throws Refusal `session-not-found` */
  async lapse(context: CommandContext, id: string): Promise<void> {
    await this.commands.execute(new LapseSeatsCommand(context, id));
  }
}
