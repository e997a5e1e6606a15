import { erased, given, givenId } from '@ardoise/given';
import { attendance, type AttendedEnrolment, type CorrectPresence } from './attendance';
import type { AttendanceEvent } from './events';

const person = 'a'.repeat(32);
const enrolment: AttendedEnrolment = {
  id: 'e'.repeat(32),
  person,
  session: 'c'.repeat(32),
  confirmed: true,
  requestedAt: '2026-01-01T08:00:00.000Z',
};
const ended = { ...enrolment, endedAt: '2026-01-04T08:00:00.000Z' };
const arrivedAt = '2026-01-05T07:58:00.000Z';
const leftAt = '2026-01-05T08:30:00.000Z';

const presence = (values: object = {}, standing: 'regular' | 'late' | 'parked' = 'regular'): AttendanceEvent => ({
  type: 'presence-recorded',
  facts: {},
  sections: {
    learner: {
      person,
      occurredAt: arrivedAt,
      fields: { enrolment: enrolment.id, session: 'c'.repeat(32), arrivedAt, ...values, standing },
    },
  },
});

const correct = (change: Partial<CorrectPresence>) =>
  ({ type: 'correct', event: givenId(0), action: 'corrected', reason: 'r', enrolment, ...change }) as const;

describe('attendance', () => {
  it('MON-02 records arrival and departure, dated by the arrival', () => {
    given(attendance).when({ type: 'record', arrivedAt, leftAt, enrolment }).then(presence({ leftAt }));
    given(attendance)
      .when({ type: 'record', arrivedAt, halfDay: 'morning', enrolment })
      .then(presence({ halfDay: 'morning' }));
  });

  it('refuses a departure before the arrival, a presence to come, and an enrolment without a place', () => {
    given(attendance)
      .when({ type: 'record', arrivedAt, leftAt: arrivedAt, enrolment })
      .thenRefused('left-before-arrival');
    given(attendance)
      .when({ type: 'record', arrivedAt: '2026-01-05T09:06:00.000Z', enrolment })
      .thenRefused('presence-in-the-future');
    given(attendance)
      .when({ type: 'record', arrivedAt, enrolment: { ...enrolment, confirmed: false } })
      .thenRefused('enrolment-not-confirmed');
  });

  it('parks a presence after the end until it is decided on', () => {
    given(attendance).when({ type: 'record', arrivedAt, enrolment: ended }).then(presence({}, 'parked'));
    const decide = { type: 'decide-parked', presence: givenId(0), accepted: true, enrolment: ended } as const;
    given(attendance, presence({}, 'parked'))
      .when(decide)
      .thenLike({ type: 'parked-presence-decided', sections: { learner: { fields: { accepted: true } } } });
    given(attendance, presence()).when(decide).thenRefused('fact-not-parked');
  });

  it('is corrected with its whole result, and annulled', () => {
    given(attendance, presence())
      .when(correct({ leftAt, author: 'b'.repeat(32) }))
      .thenLike({
        type: 'attendance-corrected',
        sections: {
          learner: { fields: { corrects: givenId(0), leftAt, result: { arrivedAt, leftAt, counted: true } } },
          author: { person: 'b'.repeat(32) },
        },
      });
    given(attendance, presence())
      .when(correct({ action: 'annulled' }))
      .thenLike({ sections: { learner: { fields: { result: { annulled: true, counted: false } } } } });
  });

  it('refuses corrections of nothing, to nothing, and to what cannot be', () => {
    given(attendance).when(correct({ leftAt })).thenRefused('event-not-correctable');
    given(attendance, presence()).when(correct({})).thenRefused('correction-empty');
    given(attendance, presence())
      .when(correct({ action: 'annulled', leftAt }))
      .thenRefused('change-not-of-this-fact');
    given(attendance, presence()).when(correct({ arrivedAt })).thenRefused('correction-changes-nothing');
    given(attendance, presence())
      .when(correct({ leftAt: arrivedAt }))
      .thenRefused('left-before-arrival');
  });

  it('folds without keys', () => {
    expect(given(attendance, erased(presence())).state()).toEqual({ presences: [] });
  });
});
