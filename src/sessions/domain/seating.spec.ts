import { asOpened } from '@ardoise/given';
import fc from 'fast-check';
import type { SessionEvent, SessionOpened, SessionOutline } from './events';
import { session, type Session, type SessionCommand } from './session';

const outline: SessionOutline = {
  course: 'c'.repeat(32),
  title: 'Groupe',
  startsOn: '2026-03-02',
  endsOn: '2026-12-31',
  capacity: 3,
  modality: 'remote',
};
const { course: _, ...revision } = outline;
const start = Date.parse('2026-01-05T09:00:00.000Z');

const seatId = fc.integer({ min: 0, max: 11 }).map((n) => n.toString(16).padStart(32, '0'));
const commands = fc.oneof<fc.Arbitrary<SessionCommand>[]>(
  seatId.map((seat) => ({ type: 'hold-seat', seat })),
  seatId.map((seat) => ({ type: 'hold-seat', seat })),
  seatId.map((seat) => ({ type: 'confirm-seat', seat })),
  seatId.map((seat) => ({ type: 'release-seat', seat })),
  fc.constant({ type: 'lapse-seats' }),
  fc.integer({ min: 0, max: 2 }).map((hours) => ({ type: 'set-answer-period', hours })),
  fc.integer({ min: 1, max: 8 }).map((capacity) => ({ type: 'revise', revision: { ...revision, capacity } })),
);
/** Each command with the minutes that pass before it. */
const script = fc.array(fc.tuple(commands, fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 80 });

/** Runs a script as the recorder would; a refused command changes nothing. */
function run(steps: readonly (readonly [SessionCommand, number])[], check: (step: Step) => void): void {
  let state = evolve(session.initialState(), { type: 'session-opened', facts: outline, sections: {} });
  let now = start;
  for (const [command, minutes] of steps) {
    now += minutes * 60_000;
    const at = new Date(now).toISOString();
    const events = decide(command, state, at);
    const before = state;
    state = events.reduce((folded, event) => {
      const next = evolve(folded, event);
      expect(inPlaces(next)).toBeLessThanOrEqual(next.outline?.capacity ?? Infinity);
      return next;
    }, state);
    check({ command, before, events, after: state });
  }
}

interface Step {
  readonly command: SessionCommand;
  readonly before: Session;
  readonly events: readonly SessionEvent[];
  readonly after: Session;
}

const evolve = (state: Session, event: SessionEvent): Session =>
  session.evolve(state, asOpened(event) as unknown as SessionOpened);

function decide(command: SessionCommand, state: Session, at: string): readonly SessionEvent[] {
  try {
    return session.decide(command, state, { now: at, occurredAt: at });
  } catch {
    return [];
  }
}

const inPlaces = ({ seats }: Session): number => [...seats.values()].filter(({ state }) => state !== 'queued').length;
const queue = ({ seats }: Session): string[] =>
  [...seats].filter(([, { state }]) => state === 'queued').map(([seat]) => seat);

describe('seats under any sequence of commands', () => {
  it('are never more than the capacity, after any single event', () => {
    fc.assert(fc.property(script, (steps) => run(steps, () => undefined)));
  });

  it('go to those who wait in their order', () => {
    fc.assert(
      fc.property(script, (steps) =>
        run(steps, ({ before, after, events }) => {
          const waited = queue(before);
          const released = new Set(
            events.flatMap((event) => (event.type === 'seat-released' ? [event.facts.seat] : [])),
          );
          const promoted = events.flatMap((event) =>
            event.type === 'seat-held' && waited.includes(event.facts.seat) ? [event.facts.seat] : [],
          );
          const entitled = waited.filter((seat) => !released.has(seat));
          expect(promoted).toEqual(entitled.slice(0, promoted.length));
          const stillWaiting = entitled.slice(promoted.length);
          expect(queue(after).slice(0, stillWaiting.length)).toEqual(stillWaiting);
        }),
      ),
    );
  });

  it('are lost by nobody who was not released', () => {
    fc.assert(
      fc.property(script, (steps) =>
        run(steps, ({ before, after, events }) => {
          for (const seat of before.seats.keys()) {
            const released = events.some((event) => event.type === 'seat-released' && event.facts.seat === seat);
            expect(after.seats.has(seat)).toBe(!released);
          }
        }),
      ),
    );
  });

  it('leave no place empty while somebody waits', () => {
    fc.assert(
      fc.property(script, (steps) =>
        run(steps, ({ events, after }) => {
          if (events.length === 0 || queue(after).length === 0) return;
          expect(inPlaces(after)).toBe(after.outline?.capacity);
        }),
      ),
    );
  });
});
