import { conflict, invalid, never, notFound, type Decider, type Moment } from '@ardoise/decider';
import { sessionEvents, type SessionEvent, type SessionOpened, type SessionOutline } from './events';
import { SeatingPlan, seatsAfter, takenAt, type Seat, type Seats } from './seating';

interface Trainer {
  readonly person: string;
  readonly role: string;
}

export interface Session {
  /** Absent until the session is opened. */
  readonly outline?: SessionOutline;
  readonly cancelled: boolean;
  /** How long whoever is promoted has to answer; 0: the place is theirs at once. */
  readonly answerHours: number;
  readonly seats: Seats;
  /** Those assigned now, by the id of the event that assigned them; whoever was erased is not among them. */
  readonly trainers: ReadonlyMap<string, Trainer>;
}

/** As it is kept beside a long stream. */
interface WrittenSession extends Omit<Session, 'seats' | 'trainers'> {
  readonly seats: readonly (readonly [string, Seat])[];
  readonly trainers: readonly (readonly [string, Trainer])[];
}

export type SessionCommand =
  | { readonly type: 'open'; readonly outline: SessionOutline }
  | { readonly type: 'revise'; readonly revision: Omit<SessionOutline, 'course'> }
  | { readonly type: 'cancel' }
  | { readonly type: 'assign-trainer'; readonly person: string; readonly role: string }
  | { readonly type: 'release-trainer'; readonly assignment: string }
  | { readonly type: 'hold-seat'; readonly seat: string }
  | { readonly type: 'confirm-seat'; readonly seat: string }
  | {
      readonly type: 'release-seat';
      readonly seat: string;
      /** Only while it is held, and until that instant: what was held or confirmed anew since is another's matter. */
      readonly heldUntil?: string;
    }
  | { readonly type: 'lapse-seats' }
  | { readonly type: 'set-answer-period'; readonly hours: number };

type Opened = Session & { readonly outline: SessionOutline };

/** A session counts its seats by facts in clear, and so it folds and decides without any person's key. */
export const session: Decider<Session, SessionCommand, SessionEvent, SessionOpened> = {
  kind: 'session',
  events: sessionEvents,

  snapshots: {
    version: 1,
    write: ({ seats, trainers, ...rest }) => ({ ...rest, seats: [...seats], trainers: [...trainers] }),
    read(written) {
      const { seats, trainers, ...rest } = written as WrittenSession;
      return { ...rest, seats: new Map(seats), trainers: new Map(trainers) };
    },
  },

  initialState: () => ({ cancelled: false, answerHours: 0, seats: new Map(), trainers: new Map() }),

  evolve(state, event) {
    switch (event.type) {
      case 'session-opened':
      case 'session-revised':
        return { ...state, outline: event.facts };
      case 'session-cancelled':
        return { ...state, cancelled: true };
      case 'trainer-assigned': {
        const { trainer } = event.sections;
        if (!trainer) return state;
        const assigned: Trainer = { person: trainer.person, role: trainer.fields.role };
        return { ...state, trainers: new Map(state.trainers).set(event.id, assigned) };
      }
      case 'trainer-released': {
        const trainers = new Map(state.trainers);
        trainers.delete(event.sections.trainer?.fields.assignment ?? '');
        return { ...state, trainers };
      }
      case 'seat-held':
      case 'seat-queued':
      case 'seat-confirmed':
      case 'seat-released':
        return { ...state, seats: seatsAfter(state.seats, event, state.answerHours > 0) };
      case 'answer-period-set':
        return { ...state, answerHours: event.facts.hours };
      default:
        return never(event);
    }
  },

  decide(command, state, moment) {
    if (command.type === 'open') {
      if (state.outline) throw conflict('session-exists', 'this session has been opened already');
      checkDates(command.outline);
      return [{ type: 'session-opened', facts: command.outline, sections: {} }];
    }
    const { outline } = state;
    if (!outline) throw notFound('session-not-found', 'there is no such session');
    const opened = { ...state, outline };
    const plan = new SeatingPlan(state.seats, outline, moment, state.answerHours);
    switch (command.type) {
      case 'revise':
        return revise(opened, command.revision, moment);
      case 'cancel':
        refuseCancelled(opened);
        return [{ type: 'session-cancelled', facts: {}, sections: {} }];
      case 'assign-trainer':
        return assignTrainer(opened, command, moment);
      case 'release-trainer':
        return releaseTrainer(opened, command.assignment, moment);
      case 'hold-seat':
        if (state.seats.has(command.seat)) return [];
        refuseCancelled(opened);
        return plan.lapse().promote().take(command.seat).events;
      case 'confirm-seat':
        if (state.seats.get(command.seat)?.state === 'held') refuseCancelled(opened);
        return confirmSeat(plan, command.seat);
      case 'release-seat':
        if (!stands(state.seats.get(command.seat), command.heldUntil)) return [];
        plan.release(command.seat);
        return state.cancelled ? plan.events : plan.lapse().promote().events;
      case 'lapse-seats':
        plan.lapse();
        return state.cancelled ? plan.events : plan.promote().events;
      case 'set-answer-period':
        refuseCancelled(opened);
        if (state.answerHours === command.hours) return [];
        return [{ type: 'answer-period-set', facts: { hours: command.hours }, sections: {} }];
      default:
        return never(command);
    }
  },
};

/** Fewer seats than are taken cannot be; more go to those who wait, in the same append. */
function revise(state: Opened, revision: Omit<SessionOutline, 'course'>, moment: Moment): SessionEvent[] {
  refuseCancelled(state);
  const outline: SessionOutline = { ...revision, course: state.outline.course };
  checkDates(outline);
  if (outline.capacity !== undefined && outline.capacity < takenAt(state.seats, moment.now)) {
    throw conflict(
      'capacity-below-taken',
      `${takenAt(state.seats, moment.now)} seats are taken; the capacity cannot be less`,
      '/capacity',
    );
  }
  const lapsed = new SeatingPlan(state.seats, outline, moment).lapse().events;
  const seats = lapsed.reduce<Seats>((all, event) => seatsAfter(all, event), state.seats);
  const promoted = new SeatingPlan(seats, outline, moment, state.answerHours).promote().events;
  return [...lapsed, { type: 'session-revised', facts: outline, sections: {} }, ...promoted];
}

function assignTrainer({ trainers, ...state }: Opened, trainer: Trainer, { occurredAt }: Moment): SessionEvent[] {
  refuseCancelled(state);
  const { person, role } = trainer;
  if ([...trainers.values()].some((other) => other.person === person && other.role === role)) {
    throw conflict('trainer-assigned-already', 'this person has this role in the session already');
  }
  return [{ type: 'trainer-assigned', facts: {}, sections: { trainer: { person, occurredAt, fields: { role } } } }];
}

function releaseTrainer({ trainers }: Opened, assignment: string, { occurredAt }: Moment): SessionEvent[] {
  const trainer = trainers.get(assignment);
  if (!trainer) throw notFound('assignment-not-found', 'no trainer is assigned by this event', '/assignment');
  const { person } = trainer;
  return [
    { type: 'trainer-released', facts: {}, sections: { trainer: { person, occurredAt, fields: { assignment } } } },
  ];
}

function stands(seat: Seat | undefined, heldUntil: string | undefined): boolean {
  if (heldUntil === undefined) return seat !== undefined;
  return seat?.state === 'held' && seat.lapsesAt === heldUntil;
}

/** A held seat can be confirmed as long as its release is not recorded: nobody else has got its place before. */
function confirmSeat(plan: SeatingPlan, seat: string): SessionEvent[] {
  const standing = plan.standing(seat)?.state;
  if (standing === 'confirmed') return [];
  if (standing !== 'held') throw conflict('seat-not-held', 'this seat is not held; it may have lapsed');
  return plan.confirm(seat).events;
}

function refuseCancelled({ cancelled }: Pick<Session, 'cancelled'>): void {
  if (cancelled) throw conflict('session-cancelled', 'the session has been cancelled');
}

function checkDates({ startsOn, endsOn }: SessionOutline): void {
  if (endsOn < startsOn) throw invalid('ends-before-start', 'must not lie before the first day', '/endsOn');
}
