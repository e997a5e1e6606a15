import { conflict, invalid, never, type Decider, type Moment } from '@ardoise/decider';
import type { CorrectionAction } from '../../platform/corrections';
import { standingOf, type Enrolled } from '../../platform/late-facts';
import { attendanceEvents, type AttendanceEvent, type AttendanceOpened } from './events';
import { presenceOf, resultOf, type Presence, type PresenceValues } from './presence';

/** The attendance of one enrolment. */
export interface Attendance {
  readonly presences: readonly Presence[];
}

/** The enrolment that somebody attends under, as its own capability knows it at the moment of the command. */
export interface AttendedEnrolment extends Enrolled {
  readonly id: string;
  readonly person: string;
  readonly session?: string;
  readonly confirmed: boolean;
}

export interface RecordPresence extends PresenceValues {
  readonly type: 'record';
  /** Where it is another than the enrolment's. */
  readonly session?: string;
}

export interface CorrectPresence extends Partial<PresenceValues> {
  readonly type: 'correct';
  readonly event: string;
  readonly action: CorrectionAction;
  readonly reason: string;
  readonly author?: string;
}

export interface DecideParkedPresence {
  readonly type: 'decide-parked';
  readonly presence: string;
  readonly accepted: boolean;
  readonly reason?: string;
  readonly author?: string;
}

export type AttendanceSaying = RecordPresence | CorrectPresence | DecideParkedPresence;
export type AttendanceCommand = AttendanceSaying & { readonly enrolment: AttendedEnrolment };
type With<S> = S & { readonly enrolment: AttendedEnrolment };

/** Clocks differ; a presence may begin this much ahead of ours. */
const aheadMilliseconds = 5 * 60_000;

export const attendance: Decider<Attendance, AttendanceCommand, AttendanceEvent, AttendanceOpened> = {
  kind: 'attendance',
  events: attendanceEvents,

  snapshots: { version: 1, write: (state) => state, read: (written) => written as Attendance },

  initialState: () => ({ presences: [] }),

  evolve(state, event) {
    switch (event.type) {
      case 'presence-recorded': {
        const fields = event.sections.learner?.fields;
        if (!fields) return state;
        const { standing, ...values } = fields;
        return {
          presences: [...state.presences, { id: event.id, standing, values: valuesOf(values), corrections: [] }],
        };
      }
      case 'attendance-corrected': {
        const fields = event.sections.learner?.fields;
        if (!fields) return state;
        const { corrects, action, presence } = fields;
        const correction = { id: event.id, corrects, action, changes: valuesOf(fields) };
        return changed(state, presence, (was) => ({ ...was, corrections: [...was.corrections, correction] }));
      }
      case 'parked-presence-decided': {
        const fields = event.sections.learner?.fields;
        return fields ? changed(state, fields.presence, (was) => ({ ...was, accepted: fields.accepted })) : state;
      }
      default:
        return never(event);
    }
  },

  decide(command, state, moment) {
    switch (command.type) {
      case 'record':
        return [recordPresence(command, moment)];
      case 'correct':
        return [correctPresence(command, state, moment)];
      case 'decide-parked':
        return decideParked(command, state, moment);
      default:
        return never(command);
    }
  },
};

function recordPresence(command: With<RecordPresence>, { now }: Moment): AttendanceEvent {
  const { enrolment, session = enrolment.session } = command;
  if (!enrolment.confirmed) {
    throw conflict('enrolment-not-confirmed', 'the enrolment is not confirmed: nobody attends under it yet');
  }
  const values = valuesOf(command);
  checkTimes(values, now);
  // It happened when somebody arrived, whenever that is told.
  const standing = standingOf(enrolment, values.arrivedAt);
  const fields = { enrolment: enrolment.id, ...(session === undefined ? {} : { session }), ...values, standing };
  const learner = { person: enrolment.person, occurredAt: values.arrivedAt, fields };
  return { type: 'presence-recorded', facts: {}, sections: { learner } };
}

function correctPresence(command: With<CorrectPresence>, { presences }: Attendance, moment: Moment): AttendanceEvent {
  const { event, action, reason, author, enrolment } = command;
  const presence = presenceOf(presences, event);
  if (!presence) {
    throw invalid('event-not-correctable', 'must be a presence of this enrolment, or a correction of one', '/event');
  }
  const changes = valuesOf(command);
  const [change] = Object.keys(changes);
  if (action === 'annulled' && change !== undefined) {
    throw invalid('change-not-of-this-fact', 'an annulment changes nothing else', `/${change}`);
  }
  if (action === 'corrected' && change === undefined) {
    throw invalid('correction-empty', 'a correction says what is right instead', '/action');
  }
  const correction = { id: '', corrects: event, action, changes };
  const before = resultOf(presence);
  const result = resultOf({ ...presence, corrections: [...presence.corrections, correction] });
  if (action === 'corrected' && result.annulled) {
    throw conflict('fact-annulled', 'the presence is annulled; annul the annulment first', '/event');
  }
  checkTimes(result, moment.now);
  const names = ['annulled', 'arrivedAt', 'leftAt', 'halfDay'] as const;
  if (names.every((name) => before[name] === result[name])) {
    throw conflict('correction-changes-nothing', 'that is what is recorded already');
  }
  const fields = { corrects: event, action, ...changes, reason, presence: presence.id, result };
  const learner = { person: enrolment.person, occurredAt: moment.occurredAt, fields };
  return { type: 'attendance-corrected', facts: {}, sections: { learner, ...signed(author, moment) } };
}

function decideParked(
  command: With<DecideParkedPresence>,
  { presences }: Attendance,
  moment: Moment,
): readonly AttendanceEvent[] {
  const { presence: id, accepted, reason, author, enrolment } = command;
  const presence = presenceOf(presences, id);
  if (presence?.id !== id || presence.standing !== 'parked') {
    throw invalid('fact-not-parked', 'must be a parked presence of this enrolment', '/presence');
  }
  if (resultOf(presence).annulled) throw conflict('fact-annulled', 'the presence is annulled', '/presence');
  if (presence.accepted === accepted) return [];
  const fields = { presence: id, accepted, ...(reason === undefined ? {} : { reason }) };
  const learner = { person: enrolment.person, occurredAt: moment.occurredAt, fields };
  return [{ type: 'parked-presence-decided', facts: {}, sections: { learner, ...signed(author, moment) } }];
}

function checkTimes({ arrivedAt, leftAt }: PresenceValues, now: string): void {
  const latest = Date.parse(now) + aheadMilliseconds;
  if (Date.parse(arrivedAt) > latest) throw invalid('presence-in-the-future', 'must not lie ahead', '/arrivedAt');
  if (leftAt === undefined) return;
  if (Date.parse(leftAt) <= Date.parse(arrivedAt)) {
    throw invalid('left-before-arrival', 'must be after the arrival', '/leftAt');
  }
  if (Date.parse(leftAt) > latest) throw invalid('presence-in-the-future', 'must not lie ahead', '/leftAt');
}

function signed(author: string | undefined, { occurredAt }: Moment) {
  return author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } };
}

function changed(state: Attendance, event: string, change: (was: Presence) => Presence): Attendance {
  return { presences: state.presences.map((presence) => (presence.id === event ? change(presence) : presence)) };
}

/** The values alone, without those that nothing is said of. */
function valuesOf<V extends Partial<PresenceValues>>({
  arrivedAt,
  leftAt,
  halfDay,
}: V): Pick<V, keyof PresenceValues & keyof V> {
  const values = { arrivedAt, leftAt, halfDay };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Pick<
    V,
    keyof PresenceValues & keyof V
  >;
}
