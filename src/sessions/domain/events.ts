import {
  day,
  defineEvent,
  id,
  instant,
  integer,
  oneOf,
  optional,
  text,
  type EventOf,
  type OpenedOf,
  type ValuesOf,
} from '@ardoise/sealing';

export const sessionModalities = ['on-site', 'remote', 'mixed'] as const;

const outline = {
  course: id(),
  title: text(200),
  startsOn: day(),
  endsOn: day(),
  /** Seats there are; absent: as many as are asked for. */
  capacity: optional(integer(1)),
  modality: oneOf(sessionModalities),
  location: optional(text(200)),
};

/** What a session is: which course, when, where, for how many. */
export type SessionOutline = ValuesOf<typeof outline>;

export const sessionOpened = defineEvent({
  type: 'session-opened',
  schema: 1,
  stream: 'session',
  facts: outline,
  sections: {},
});

export const sessionRevised = defineEvent({
  type: 'session-revised',
  schema: 1,
  stream: 'session',
  facts: outline,
  sections: {},
});

export const sessionCancelled = defineEvent({
  type: 'session-cancelled',
  schema: 1,
  stream: 'session',
  facts: {},
  sections: {},
});

export const trainerAssigned = defineEvent({
  type: 'trainer-assigned',
  schema: 1,
  stream: 'session',
  facts: {},
  sections: { trainer: { category: 'staff', fields: { role: text(100) } } },
});

export const trainerReleased = defineEvent({
  type: 'trainer-released',
  schema: 1,
  stream: 'session',
  facts: {},
  sections: {
    trainer: {
      category: 'staff',
      fields: {
        /** Id of the event that assigned. */
        assignment: id(),
      },
    },
  },
});

/** A seat is known by a random-looking id; whose it is, the session never learns. */
export const seatHeld = defineEvent({
  type: 'seat-held',
  schema: 1,
  stream: 'session',
  facts: {
    seat: id(),
    /** Not confirmed by then, the seat goes to the next. */
    lapsesAt: instant(),
  },
  sections: {},
});

export const seatQueued = defineEvent({
  type: 'seat-queued',
  schema: 1,
  stream: 'session',
  facts: { seat: id() },
  sections: {},
});

export const seatConfirmed = defineEvent({
  type: 'seat-confirmed',
  schema: 1,
  stream: 'session',
  facts: { seat: id() },
  sections: {},
});

export const seatReleased = defineEvent({
  type: 'seat-released',
  schema: 1,
  stream: 'session',
  facts: { seat: id() },
  sections: {},
});

/** How long whoever is promoted from the waiting list has to take the place; 0: the place is theirs at once. */
export const answerPeriodSet = defineEvent({
  type: 'answer-period-set',
  schema: 1,
  stream: 'session',
  facts: { hours: integer(0, 720) },
  sections: {},
});

export const sessionEvents = [
  sessionOpened,
  sessionRevised,
  sessionCancelled,
  trainerAssigned,
  trainerReleased,
  seatHeld,
  seatQueued,
  seatConfirmed,
  seatReleased,
  answerPeriodSet,
] as const;

export type SessionEvent = EventOf<(typeof sessionEvents)[number]>;
export type SessionOpened = OpenedOf<(typeof sessionEvents)[number]>;
