import { erased, given, givenId } from '@ardoise/given';
import type { SessionEvent, SessionOutline } from './events';
import { session } from './session';

const seat = (n: number): string => n.toString(16).padStart(32, 'a');
const outline: SessionOutline = {
  course: 'c'.repeat(32),
  title: 'Groupe de mars',
  startsOn: '2026-03-02',
  endsOn: '2026-03-06',
  capacity: 2,
  modality: 'on-site',
};
const { course: _, ...revision } = outline;
const opened: SessionEvent = { type: 'session-opened', facts: outline, sections: {} };
const cancelled: SessionEvent = { type: 'session-cancelled', facts: {}, sections: {} };
const now = '2026-01-05T09:00:00.000Z';
const inTime = '2026-01-05T09:15:00.000Z';
const past = '2026-01-05T08:59:00.000Z';
const held = (n: number, lapsesAt = inTime): SessionEvent => ({
  type: 'seat-held',
  facts: { seat: seat(n), lapsesAt },
  sections: {},
});
const queued = (n: number): SessionEvent => ({ type: 'seat-queued', facts: { seat: seat(n) }, sections: {} });
const confirmed = (n: number): SessionEvent => ({ type: 'seat-confirmed', facts: { seat: seat(n) }, sections: {} });
const released = (n: number): SessionEvent => ({ type: 'seat-released', facts: { seat: seat(n) }, sections: {} });
const revised = (capacity: number): SessionEvent => ({
  type: 'session-revised',
  facts: { ...outline, capacity },
  sections: {},
});
const hold = (n: number) => ({ type: 'hold-seat', seat: seat(n) }) as const;
const release = (n: number) => ({ type: 'release-seat', seat: seat(n) }) as const;
const confirm = (n: number) => ({ type: 'confirm-seat', seat: seat(n) }) as const;

describe('session', () => {
  it('is opened once, with an end that does not lie before its start', () => {
    given(session).when({ type: 'open', outline }).then(opened);
    given(session, opened).when({ type: 'open', outline }).thenRefused('session-exists');
    given(session)
      .when({ type: 'open', outline: { ...outline, endsOn: '2026-03-01' } })
      .thenRefused('ends-before-start');
    given(session).when({ type: 'cancel' }).thenRefused('session-not-found');
  });

  it('is cancelled once; nothing but a release follows', () => {
    given(session, opened).when({ type: 'cancel' }).then(cancelled);
    given(session, opened, cancelled).when({ type: 'cancel' }).thenRefused('session-cancelled');
    given(session, opened, cancelled).when(hold(1)).thenRefused('session-cancelled');
    given(session, opened, cancelled).when({ type: 'revise', revision }).thenRefused('session-cancelled');
    given(session, opened, held(1), held(2), queued(3), cancelled).when(release(1)).then(released(1));
  });
});

describe('seats of a session', () => {
  it('are held for a quarter of an hour, then queued when the session is full', () => {
    given(session, opened).when(hold(1)).then(held(1));
    given(session, opened, held(1), held(2)).when(hold(3)).then(queued(3));
    given(session, opened, held(1)).when(hold(1)).thenNothing();
  });

  it('are as many as asked for without a capacity', () => {
    const { capacity: _none, ...open } = outline;
    given(session, { ...opened, facts: open }, held(1), held(2))
      .when(hold(3))
      .then(held(3));
  });

  it('are confirmed when held', () => {
    given(session, opened, held(1)).when(confirm(1)).then(confirmed(1));
    given(session, opened, held(1), confirmed(1)).when(confirm(1)).thenNothing();
    given(session, opened).when(confirm(1)).thenRefused('seat-not-held');
    given(session, opened, held(1), held(2), queued(3)).when(confirm(3)).thenRefused('seat-not-held');
  });

  it('go to the next in the queue when one is released, in the same append', () => {
    given(session, opened, held(1), confirmed(1), held(2), queued(3), queued(4))
      .when(release(1))
      .then(released(1), held(3));
    given(session, opened).when(release(1)).thenNothing();
    given(session, opened, held(1), held(2), queued(3)).when(release(3)).then(released(3));
  });

  it('go to nobody when they come free on the last day or later', () => {
    given(session, opened, held(1), held(2), queued(3))
      .when(release(1), { occurredAt: '2026-03-06T08:00:00.000Z' })
      .then(released(1));
  });

  it('lapse when nobody confirms them, and those who wait move up', () => {
    given(session, opened, held(1, past), held(2), queued(3)).when({ type: 'lapse-seats' }).then(released(1), held(3));
    given(session, opened, held(1)).when({ type: 'lapse-seats' }).thenNothing();
  });

  it('are given back as they were held, and not as they were held anew, confirmed or queued since', () => {
    const back = { type: 'release-seat', seat: seat(1), heldUntil: past } as const;
    given(session, opened, held(1, past), held(2)).when(back).then(released(1));
    given(session, opened, held(1, past), released(1), held(1)).when(back).thenNothing();
    given(session, opened, held(1, past), confirmed(1)).when(back).thenNothing();
    given(session, opened, held(1, past), released(1), held(2), held(3), queued(1)).when(back).thenNothing();
  });

  it('count as free once their time is over, and their release is recorded before another has them', () => {
    given(session, opened, held(1, past), held(2)).when(hold(3)).then(released(1), held(3));
    given(session, opened, held(1, past), held(2), queued(3)).when(hold(4)).then(released(1), held(3), queued(4));
  });

  it('can be confirmed late as long as nobody else has got the place', () => {
    given(session, opened, held(1, past), held(2)).when(confirm(1)).then(confirmed(1));
    given(session, opened, held(1, past), held(2), released(1), held(3)).when(confirm(1)).thenRefused('seat-not-held');
  });

  it('can be asked for again after a release, at the end of the queue', () => {
    given(session, opened, held(1), held(2), queued(3), released(1), held(3)).when(hold(1)).then(queued(1));
  });

  it('are offered for as long as the session says, where somebody waited, and not beyond the last day', () => {
    const asks = (hours: number): SessionEvent => ({ type: 'answer-period-set', facts: { hours }, sections: {} });
    const heldUntil = (n: number, lapsesAt: string): SessionEvent => ({
      type: 'seat-held',
      facts: { seat: seat(n), lapsesAt },
      sections: {},
    });
    const full = [opened, asks(48), held(1), held(2), queued(3)];
    const [tomorrow, now] = ['2026-01-07T09:00:00.000Z', '2026-03-05T09:00:00.000Z'];
    given(session, ...full)
      .when(release(1))
      .then(released(1), heldUntil(3, tomorrow));
    const after = given(session, ...full, released(1), heldUntil(3, tomorrow)).state();
    expect([...after.seats.values()].map((one) => one.state === 'held' && one.offered)).toEqual([false, true]);
    given(session, ...full)
      .when(release(1), { now, occurredAt: now })
      .thenLike({}, {}, { facts: { lapsesAt: '2026-03-06T00:00:00.000Z' } });
    given(session, opened, asks(48)).when(hold(1)).then(held(1));
    given(session, opened, asks(48)).when({ type: 'set-answer-period', hours: 48 }).thenNothing();
    given(session, opened, asks(48)).when({ type: 'set-answer-period', hours: 0 }).then(asks(0));
  });

  it('grow in number to the good of those who wait', () => {
    given(session, opened, held(1), held(2), queued(3), queued(4))
      .when({ type: 'revise', revision: { ...revision, capacity: 3 } })
      .then(revised(3), held(3));
  });

  it('shrink in number down to what is taken', () => {
    given(session, opened, held(1))
      .when({ type: 'revise', revision: { ...revision, capacity: 1 } })
      .then(revised(1));
    given(session, opened, held(1), held(2))
      .when({ type: 'revise', revision: { ...revision, capacity: 1 } })
      .thenRefused('capacity-below-taken');
    given(session, opened, held(1), held(2, past))
      .when({ type: 'revise', revision: { ...revision, capacity: 1 } })
      .then(released(2), revised(1));
  });
});

describe('trainers of a session', () => {
  const person = 'b'.repeat(32);
  const assigned: SessionEvent = {
    type: 'trainer-assigned',
    facts: {},
    sections: { trainer: { person, occurredAt: now, fields: { role: 'formatrice' } } },
  };
  const assign = { type: 'assign-trainer', person, role: 'formatrice' } as const;

  it('are assigned once per role and released by their assignment', () => {
    given(session, opened).when(assign).then(assigned);
    given(session, opened, assigned).when(assign).thenRefused('trainer-assigned-already');
    given(session, opened, assigned)
      .when({ type: 'release-trainer', assignment: givenId(1) })
      .then({
        type: 'trainer-released',
        facts: {},
        sections: { trainer: { person, occurredAt: now, fields: { assignment: givenId(1) } } },
      });
    given(session, opened)
      .when({ type: 'release-trainer', assignment: givenId(1) })
      .thenRefused('assignment-not-found');
  });

  it('fold without their keys', () => {
    const gone = given(session, opened, erased(assigned), held(1)).state();
    expect(gone.trainers.size).toBe(0);
    expect(gone.seats.size).toBe(1);
  });
});
