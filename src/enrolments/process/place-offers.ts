import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CommandContext, ProcessStep } from '@ardoise/decider';
import { anyProcess, type HostedProcess } from '@ardoise/process-manager';
import { ProjectionRuntime } from '@ardoise/projections';
import type { AnyOpened, OpenedOf } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { DataSource } from 'typeorm';
import { VAULT } from '../../platform/tokens';
import { Seats, seatHeld } from '../../sessions/seats';
import { DecideEnrolmentCommand } from '../commands/decide-enrolment/decide-enrolment.command';
import { EndEnrolmentCommand } from '../commands/end-enrolment/end-enrolment.command';
import { enrolmentCorrected, enrolmentDecided, enrolmentEnded, enrolmentMoved } from '../domain/events';
import { offer, type OfferStep, type OfferTold } from '../domain/offer';
import { EnrolmentSeatRow } from '../read-models/enrolment-seat.row';
import { offersOf } from './offers-of';
import { Seating } from './seating';
import { isIn, lookAgain, Stays } from './stays';
import { Steps } from './steps';

/** Connects offers of places with the sessions and enrolments that they are about. */
@Injectable()
export class PlaceOffers implements HostedProcess {
  readonly manager = anyProcess(offer);

  readonly listensTo = [seatHeld, enrolmentDecided, enrolmentEnded, enrolmentMoved, enrolmentCorrected].map(
    ({ type }) => type,
  );

  constructor(
    private readonly seating: Seating,
    private readonly seats: Seats,
    private readonly steps: Steps,
    private readonly stays: Stays,
    private readonly commands: CommandBus,
    private readonly projections: ProjectionRuntime,
    private readonly database: DataSource,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async streamOf(event: AnyOpened): Promise<string | undefined> {
    const { organisation } = event;
    const enrolment = await this.enrolmentOf(event);
    if (enrolment === undefined) return undefined;
    // Also where nothing is offered yet: an offer that is being made is told of it next.
    return offersOf(this.vault, organisation, enrolment);
  }

  /** Looks how it is now: what an event said may be long past. */
  async tell(event: AnyOpened): Promise<OfferTold | undefined> {
    const { organisation, type } = event;
    const enrolment = await this.enrolmentOf(event);
    const known = enrolment === undefined ? undefined : await this.seating.enrolment(organisation, enrolment);
    if (enrolment === undefined || !known) return undefined;
    const { person, state, session } = known;
    const waits = state === 'waiting' && session !== undefined;
    if (type !== seatHeld.type && type !== enrolmentDecided.type) {
      return { type: 'waits', ...(waits ? { session } : {}) };
    }
    if (!waits) return undefined;
    const { seat } = await this.steps.place(organisation, enrolment, session);
    const offered = await this.seats.offer(organisation, session, seat);
    return offered && { type: 'offer', person, offer: { enrolment, session, seat, ...offered } };
  }

  async take(wanted: ProcessStep, context: CommandContext, stream: string): Promise<void> {
    const { name, enrolment, session, seat, answerBy, decision } = wanted as OfferStep;
    switch (name) {
      case 'confirm-seat':
        return this.seats.confirm(context, session, seat);
      case 'confirm-enrolment':
        await this.commands.execute(new DecideEnrolmentCommand(context, enrolment, 'confirmed', session));
        return;
      case 'take-seat-back':
        await this.stays.mustNotBeAnother(context.organisation, stream, enrolment, session);
        return this.seats.release(context, session, seat);
      case 'give-seat-back':
        return this.seats.release(context, session, seat, answerBy);
      case 'ask-again':
        return this.askAgain(context, enrolment, session, seat);
      case 'lapse-seat':
        return this.seats.lapse(context, session);
      case 'end-enrolment': {
        const outcome = decision === 'declined' ? 'withdrawn' : 'cancelled';
        const expectedVersion = await this.stays.mustNotBeAnother(context.organisation, stream, enrolment, session);
        const end = new EndEnrolmentCommand({ ...context, expectedVersion }, enrolment, outcome, {
          waitingIn: session,
        });
        await this.commands.execute(end).catch(lookAgain);
      }
    }
  }

  /** Whoever has left meanwhile gives the seat back at once: their leaving may have been heard of before it was held. */
  private async askAgain(context: CommandContext, enrolment: string, session: string, seat: string): Promise<void> {
    await this.seats.hold(context, session, seat);
    const { organisation, commandId } = context;
    // Also where it left and came back: then the seat is that of its new stay.
    if (isIn(session, await this.seating.enrolment(organisation, enrolment))) return;
    await this.seating.release({ organisation, id: commandId }, enrolment, session);
  }

  /** The session does not know whose a seat is; the read model does, once it has passed the event. */
  private async enrolmentOf(event: AnyOpened): Promise<string | undefined> {
    const { organisation, position, stream, type } = event;
    if (type === enrolmentDecided.type) {
      const { learner } = (event as unknown as OpenedOf<typeof enrolmentDecided>).sections;
      return learner?.fields.decision === 'waiting' ? stream.slice(-32) : undefined;
    }
    if (type !== seatHeld.type) return stream.slice(-32);
    await this.projections.waitFor(organisation, position);
    const { seat } = (event as unknown as OpenedOf<typeof seatHeld>).facts;
    const row = await this.database.getRepository(EnrolmentSeatRow).findOneBy({ organisation, seat });
    return row?.enrolment;
  }
}
