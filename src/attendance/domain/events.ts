import {
  defineEvent,
  flag,
  id,
  instant,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';
import { correctionActions } from '../../platform/corrections';
import { standings } from '../../platform/late-facts';

export const halfDays = ['morning', 'afternoon'] as const;
export type HalfDay = (typeof halfDays)[number];

const author = { author: { category: 'staff', fields: {}, optional: true } } as const;

/** Somebody was there (MON-02): in a room, or in a virtual one. */
export const presenceRecorded = defineEvent({
  type: 'presence-recorded',
  schema: 1,
  stream: 'attendance',
  facts: {},
  sections: {
    learner: {
      category: 'attendance',
      fields: {
        enrolment: id(),
        session: optional(id()),
        arrivedAt: instant(),
        leftAt: optional(instant()),
        halfDay: optional(oneOf(halfDays)),
        standing: oneOf(standings),
      },
    },
  },
});

const resultType = record({
  annulled: flag(),
  counted: flag(),
  arrivedAt: instant(),
  leftAt: optional(instant()),
  halfDay: optional(oneOf(halfDays)),
});

/** What a presence says after all of its corrections. */
export type PresenceResult = ValueOf<typeof resultType>;

/** An earlier event was wrong, or did not know the departure. The result is said whole. */
export const attendanceCorrected = defineEvent({
  type: 'attendance-corrected',
  schema: 1,
  stream: 'attendance',
  facts: {},
  sections: {
    learner: {
      category: 'attendance',
      fields: {
        corrects: id(),
        action: oneOf(correctionActions),
        arrivedAt: optional(instant()),
        leftAt: optional(instant()),
        halfDay: optional(oneOf(halfDays)),
        reason: text(1000),
        /** The presence that it comes to, where `corrects` names a correction of it. */
        presence: id(),
        result: resultType,
      },
    },
    ...author,
  },
});

/** Somebody says whether a presence counts that lies outside the enrolment's time (invariant 14). */
export const parkedPresenceDecided = defineEvent({
  type: 'parked-presence-decided',
  schema: 1,
  stream: 'attendance',
  facts: {},
  sections: {
    learner: {
      category: 'attendance',
      fields: { presence: id(), accepted: flag(), reason: optional(text(1000)) },
    },
    ...author,
  },
});

export const attendanceEvents = [presenceRecorded, attendanceCorrected, parkedPresenceDecided] as const;

export type AttendanceEvent = EventOf<(typeof attendanceEvents)[number]>;
export type AttendanceOpened = OpenedOf<(typeof attendanceEvents)[number]>;
