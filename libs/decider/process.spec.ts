import { given, givenId } from '@ardoise/given';
import { defineEvent, type EventOf, type OpenedOf, text } from '@ardoise/sealing';
import { processDecider, type ProcessManager, type ProcessStep, ProcessStuckError } from '.';

const moved = defineEvent({ type: 'moved', schema: 1, stream: 'way', facts: { to: text(20) }, sections: {} });
type Event = EventOf<typeof moved>;
const to = (place: string): Event => ({ type: 'moved', facts: { to: place }, sections: {} });

const dueAt = '2026-01-05T10:00:00.000Z';

/** Asks, waits for an hour, and ends; at `lost` it learns nothing from what it is told. */
const way: ProcessManager<string, ProcessStep, string, Event, OpenedOf<typeof moved>> = {
  kind: 'way',
  events: [moved],
  initialState: () => '',
  evolve: (_, { facts }) => facts.to,
  decide(input, state) {
    if (input.kind === 'told') return [to(input.told)];
    if (state === 'lost') return [];
    return [to(input.kind === 'refused' ? `refused ${input.code}` : input.kind)];
  },
  wants(state) {
    if (state === 'asking' || state === 'lost') return { step: { name: 'ask' } };
    return state === 'waiting' ? { timers: [{ name: 'hour', dueAt }] } : {};
  },
};
const decider = processDecider(way);
const timer = { kind: 'timer', timer: { name: 'hour', dueAt } } as const;
const outcome = { kind: 'outcome', step: 'ask' } as const;

describe('a process as a decider', () => {
  it('learns of a step that it wants since that event, done or refused', () => {
    const after = givenId(0);
    given(decider, to('asking'))
      .when({ ...outcome, after })
      .then(to('done'));
    given(decider, to('asking'))
      .when({ ...outcome, after, refused: 'no-room' })
      .then(to('refused no-room'));
  });

  it('records nothing of a step that it does not want any more, or wants anew since', () => {
    given(decider, to('asking'), to('done'))
      .when({ ...outcome, after: givenId(0) })
      .thenNothing();
    given(decider, to('asking'), to('asking'))
      .when({ ...outcome, after: givenId(0) })
      .thenNothing();
    given(decider, to('asking'))
      .when({ ...outcome, step: 'answer', after: givenId(0) })
      .thenNothing();
  });

  it('learns of a timer when its instant has come, and while it is wanted for that instant', () => {
    given(decider, to('waiting')).when(timer, { now: dueAt }).then(to('timer'));
    given(decider, to('waiting')).when(timer, { now: '2026-01-05T09:59:59.999Z' }).thenNothing();
    given(decider, to('waiting'), to('timer')).when(timer, { now: dueAt }).thenNothing();
    const other = { ...timer, timer: { name: 'hour', dueAt: '2026-01-05T09:30:00.000Z' } };
    given(decider, to('waiting')).when(other, { now: dueAt }).thenNothing();
  });

  it('that learns nothing from what it wanted is stuck, and says so', () => {
    const run = given(decider, to('lost')).when({ ...outcome, after: givenId(0) });
    expect(() => run.thenNothing()).toThrow(ProcessStuckError);
  });
});
