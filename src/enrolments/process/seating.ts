import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Recorder, Refusal } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { ProjectionRuntime } from '@ardoise/projections';
import { EVENT_STORE } from '../../platform/tokens';
import { Seats, type SeatState } from '../../sessions/seats';
import { AssignSeatCommand } from '../commands/assign-seat/assign-seat.command';
import { DecideEnrolmentCommand } from '../commands/decide-enrolment/decide-enrolment.command';
import { enrolment, type Enrolment } from '../domain/enrolment';
import type { Decision } from '../domain/events';
import { awaitsSeat } from '../domain/transitions';
import { isIn } from './stays';
import { cameTooLate, Steps, type Cause, type Place } from './steps';

/** A seat can lapse between two steps when the process stood still; it is then asked for anew. */
const mostRounds = 10;

interface Round {
  readonly cause: Cause;
  readonly enrolment: string;
  readonly number: number;
}

/**
 * The process between an enrolment and its session. Two streams are never written at once: a seat is held in the
 * session, sealed into the enrolment, confirmed in the session, and then the enrolment is decided. Every round looks at
 * both streams and does what is missing, so that it may be interrupted and repeated anywhere.
 */
@Injectable()
export class Seating {
  constructor(
    private readonly recorder: Recorder,
    private readonly commands: CommandBus,
    private readonly seats: Seats,
    private readonly steps: Steps,
    private readonly projections: ProjectionRuntime,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** An enrolment as it stands; undefined when it is erased or was never there. */
  async enrolment(organisation: string, id: string): Promise<Enrolment | undefined> {
    const { state } = await this.recorder.fold(enrolment, organisation, `${enrolment.kind}-${id}`);
    return state.known;
  }

  /** Brings an enrolment that waits for a seat to what its session decides. Nothing when it does not wait for one. */
  async settle(cause: Cause, id: string): Promise<void> {
    for (let number = 0; number < mostRounds; number++) {
      if (await this.round({ cause, enrolment: id, number })) return;
    }
    throw new Error(`the seat of an enrolment did not come to rest in ${mostRounds} rounds`);
  }

  /** Gives an enrolment's seat in a session back. @param occurredAt when that happened which frees it */
  async release(cause: Cause, id: string, session: string, occurredAt?: string): Promise<void> {
    const { seat } = await this.steps.place(cause.organisation, id, session);
    await this.seats.release(await this.steps.context(cause, 'release-seat', occurredAt), session, seat);
  }

  /** Whether the enrolment has come to rest. */
  private async round(round: Round): Promise<boolean> {
    const { organisation } = round.cause;
    const known = await this.enrolment(organisation, round.enrolment);
    if (!known || !awaitsSeat(known.state)) return true;
    if (known.session === undefined) return this.decide(round, 'confirmed');
    const place = await this.steps.place(organisation, round.enrolment, known.session);
    try {
      return await this.seat(round, known, place);
    } catch (error) {
      if (!cameTooLate(error)) throw error;
      // It may be back in that session already: then the seat is that of its new stay.
      const now = error instanceof Refusal && (await this.enrolment(organisation, round.enrolment));
      if (now && isIn(place.session, now)) return false;
      await this.release(round.cause, round.enrolment, place.session);
      return true;
    }
  }

  private async seat(round: Round, known: Enrolment, place: Place): Promise<boolean> {
    const standing = (await this.standing(round, place)) ?? (await this.hold(round, place));
    // Whoever waited is asked first, where the session wants that: the place is theirs when they say so.
    if (standing === 'held' && known.state === 'waiting' && (await this.isOffered(round, place))) return true;
    if (standing === 'refused') return this.decide(round, 'refused', place);
    if (standing === undefined) return false;
    await this.assign(round, place);
    if (standing === 'queued') {
      if (known.state === 'waiting') return true;
      // It may have been promoted before it was known to wait: then nobody else tells it, so it looks again.
      await this.decide(round, 'waiting', place);
      return false;
    }
    const confirmed = standing === 'held' ? await this.confirm(round, place) : 'confirmed';
    if (confirmed === 'lapsed') return false;
    return this.decide(round, confirmed, place);
  }

  private standing({ cause }: Round, { session, seat }: Place): Promise<SeatState | undefined> {
    return this.seats.standing(cause.organisation, session, seat);
  }

  private async isOffered({ cause }: Round, { session, seat }: Place): Promise<boolean> {
    return (await this.seats.offer(cause.organisation, session, seat)) !== undefined;
  }

  private async hold(round: Round, place: Place): Promise<SeatState | 'refused' | undefined> {
    try {
      await this.seats.hold(await this.context(round, 'hold-seat'), place.session, place.seat);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'session-cancelled') return 'refused';
      throw error;
    }
    return this.standing(round, place);
  }

  private async assign(round: Round, { seat, session }: Place): Promise<void> {
    const context = await this.context(round, 'assign-seat');
    await this.commands.execute(new AssignSeatCommand(context, round.enrolment, seat, session));
  }

  /**
   * Before the session keeps the seat for good, the read model knows whose it is: an erasure, which can open nothing any
   * more, finds it there.
   */
  private async confirm(round: Round, { session, seat }: Place): Promise<'confirmed' | 'lapsed' | 'refused'> {
    const { organisation } = round.cause;
    await this.projections.waitFor(organisation, await this.store.head(organisation));
    try {
      await this.seats.confirm(await this.context(round, 'confirm-seat'), session, seat);
      return 'confirmed';
    } catch (error) {
      if (error instanceof Refusal && error.code === 'seat-not-held') return 'lapsed';
      if (error instanceof Refusal && error.code === 'session-cancelled') return 'refused';
      throw error;
    }
  }

  private async decide(round: Round, decision: Decision, place?: Place): Promise<boolean> {
    const context = await this.context(round, `decide-${decision}`);
    await this.commands.execute(new DecideEnrolmentCommand(context, round.enrolment, decision, place?.session));
    return true;
  }

  private context({ cause, number }: Round, step: string): ReturnType<Steps['context']> {
    return this.steps.context(cause, `${step}-${number}`);
  }
}
