import type { RowWriter } from '@ardoise/projections';
import { asOpened, erased } from '@ardoise/given';
import type { AnyEvent } from '@ardoise/sealing';
import fc from 'fast-check';
import { enrolment, type EnrolmentCommand, type EnrolmentStream } from '../domain/enrolment';
import { outcomes, type EnrolmentEvent, type EnrolmentOpened } from '../domain/events';
import { EnrolmentRow } from './enrolment.row';
import { EnrolmentSeatRow } from './enrolment-seat.row';
import { enrolmentsProjection } from './enrolments.projection';

const person = 'a'.repeat(32);
const sessions = ['5'.repeat(32), '6'.repeat(32)] as const;
const seat = 'd'.repeat(32);
const occurredAt = '2026-01-05T09:00:00.000Z';

/** The one enrolment's row and its seats, as the runtime would keep them. */
class Rows implements RowWriter {
  enrolment: Partial<EnrolmentRow> | undefined;
  readonly seats = new Map<string, unknown>();

  put(entity: unknown, row: object): void {
    if (entity === EnrolmentSeatRow) this.seats.set((row as EnrolmentSeatRow).seat, row);
    else this.enrolment = { ...row };
  }

  patch(_entity: unknown, _key: object, changes: object): void {
    if (this.enrolment) Object.assign(this.enrolment, changes);
  }

  remove(): void {
    throw new Error('an enrolment is never removed but by forgetting');
  }
}

const request: EnrolmentCommand = {
  type: 'request',
  request: {
    person,
    course: 'c'.repeat(32),
    session: sessions[0],
    traineeKind: 'individual',
    funders: [],
    plannedHours: 14,
    confirmed: false,
  },
};

const session = fc.constantFrom(...sessions);
const anyCommand = fc.oneof<fc.Arbitrary<EnrolmentCommand | { readonly corrects: number; readonly changes: object }>[]>(
  fc.constant({ type: 'approve', by: 'staff' }),
  session.map((of) => ({ type: 'assign-seat', seat, session: of })),
  fc.tuple(session, fc.constantFrom('confirmed', 'waiting', 'refused')).map(([of, decision]) => ({
    type: 'decide',
    decision,
    session: of,
    by: 'rule',
  })),
  fc.constantFrom('suspend', 'resume').map((act) => ({ type: 'change-standing', act })),
  session.map((of) => ({ type: 'move', session: of })),
  fc.integer({ min: 0, max: 99 }).map((hours) => ({ type: 'record-hours', hours })),
  fc.constantFrom(...outcomes).map((outcome) => ({ type: 'end', outcome, endedOn: '2026-01-05' })),
  fc
    .tuple(fc.nat(30), fc.constantFrom({}, { hours: 7 }, { outcome: 'failed' }, { plannedHours: 21 }))
    .map(([corrects, changes]) => ({ corrects, changes })),
);

/** Runs commands through the decider, and their events through decider and projection alike. */
function history(commands: readonly (EnrolmentCommand | { corrects: number; changes: object })[]): EnrolmentOpened[] {
  const events: EnrolmentOpened[] = [];
  let state: EnrolmentStream = enrolment.initialState();
  for (const command of [request, ...commands]) {
    for (const event of decided(command, state, events)) {
      const version = events.length;
      const opened = asOpened(event, { id: version.toString(16).padStart(32, '0'), version }) as EnrolmentOpened;
      events.push(opened);
      state = enrolment.evolve(state, opened);
    }
  }
  return events;
}

function decided(
  command: EnrolmentCommand | { corrects: number; changes: object },
  state: EnrolmentStream,
  events: readonly EnrolmentOpened[],
): readonly EnrolmentEvent[] {
  try {
    return enrolment.decide('type' in command ? command : correct(command, events), state, {
      now: occurredAt,
      occurredAt,
    });
  } catch {
    return [];
  }
}

function correct(
  { corrects, changes }: { corrects: number; changes: object },
  events: readonly EnrolmentOpened[],
): EnrolmentCommand {
  const action = Object.keys(changes).length === 0 ? 'annulled' : 'corrected';
  const named = events[corrects % Math.max(1, events.length)]?.id ?? '';
  return { type: 'correct', correction: { corrects: named, action, changes, reason: 'erreur' } };
}

function project(events: readonly EnrolmentOpened[]): Rows {
  const rows = new Rows();
  for (const event of events) enrolmentsProjection.on[event.type]?.(event, rows);
  return rows;
}

describe('the read model of enrolments', () => {
  it('says what the log says, after any history with any corrections', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
        const events = history(commands);
        const { known } = events.reduce((state, event) => enrolment.evolve(state, event), enrolment.initialState());
        expect(project(events).enrolment).toMatchObject({
          person,
          session: known?.session,
          state: known?.state,
          plannedHours: known?.plannedHours ?? null,
          realisedHours: known?.realisedHours ?? null,
          outcome: known?.outcome ?? null,
          endedOn: known?.endedOn ?? null,
          version: events.length,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('knows whose a seat is', () => {
    const events = history([
      { type: 'approve', by: 'staff' },
      { type: 'assign-seat', seat, session: sessions[0] },
    ]);
    expect(project(events).seats.get(seat)).toMatchObject({ person, session: sessions[0], seat });
  });

  it('has no row of what cannot be read', () => {
    const events = history([{ type: 'approve', by: 'staff' }]).map(
      (event) => asOpened(erased(event as unknown as AnyEvent)) as EnrolmentOpened,
    );
    const rows = project(events);
    expect([rows.enrolment, rows.seats.size]).toEqual([undefined, 0]);
  });
});
