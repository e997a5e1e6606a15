import { singleStream } from '@ardoise/format';
import type { AnyEvent, AnyOpened, OpenedSection } from '@ardoise/sealing';
import { Refusal, type Decider, type Moment } from '@ardoise/decider';

const defaultMoment: Moment = { now: '2026-01-05T09:00:00.000Z', occurredAt: '2026-01-05T09:00:00.000Z' };

/** An event as a decider gave it, in the form in which it is read back. */
export function asOpened(
  event: AnyEvent,
  envelope: Partial<Omit<AnyOpened, 'type' | 'facts' | 'sections'>> & { readonly source?: string } = {},
): AnyOpened {
  const { source = 'staff', ...rest } = envelope;
  const sections: { [role: string]: OpenedSection } = {};
  for (const [role, content] of Object.entries(event.sections)) {
    if (!content) continue;
    const { person, occurredAt, category = '', fields } = content;
    sections[role] = { unit: '', person, occurredAt, source, category, fields };
  }
  return {
    id: '',
    organisation: 'test',
    stream: singleStream('test'),
    version: 0,
    position: 0n,
    schema: 1,
    policy: 1,
    recordedAt: defaultMoment.now,
    command: '',
    closed: [],
    ...rest,
    type: event.type,
    facts: event.facts,
    sections,
  };
}

/** An event all of whose sections were erased. */
export function erased(event: AnyEvent): AnyEvent {
  return { ...event, sections: {} };
}

/** The id that the n-th given event has (from 0), for commands that name an earlier event. */
export function givenId(index: number): string {
  return index.toString(16).padStart(32, '0');
}

/**
 * A specification of a decider: `given(decider, …events).when(command).then(…events)`; `thenRefused(code)`;
 * `thenState(check)`. Given events get the ids `givenId(0)`, `givenId(1)`, …
 */
export function given<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
  decider: Decider<State, Command, Event, Opened>,
  ...events: readonly AnyEvent[]
) {
  const fold = (list: readonly AnyEvent[]): State =>
    list.reduce<State>(
      (state, event, index) => decider.evolve(state, asOpened(event, { id: givenId(index), version: index }) as Opened),
      decider.initialState(),
    );
  return {
    state: () => fold(events),
    when(command: Command, moment: Partial<Moment> = {}) {
      const at = { ...defaultMoment, ...moment };
      const run = () => decider.decide(command, fold(events), at);
      return {
        then(...expected: readonly Event[]): void {
          expect(run()).toEqual(expected);
        },
        thenLike(...expected: readonly object[]): void {
          const actual = run();
          expect(actual).toHaveLength(expected.length);
          expect(actual).toMatchObject(expected);
        },
        thenNothing(): void {
          expect(run()).toEqual([]);
        },
        thenRefused(code: string): void {
          let refusal: unknown;
          try {
            run();
          } catch (error) {
            refusal = error;
          }
          expect(refusal).toBeInstanceOf(Refusal);
          expect((refusal as Refusal).code).toBe(code);
        },
        /** The state after the decision. */
        state: () => fold([...events, ...run()]),
      };
    },
  };
}
