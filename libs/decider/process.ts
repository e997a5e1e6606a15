import type { AnyEvent, AnyOpened, EventDeclaration } from '@ardoise/sealing';
import type { Decider, Moment } from './decider';

/** Something that a process does elsewhere: one command. What it says beside its name is the process's matter. */
export interface ProcessStep {
  /** Names the step within its process: stable, kebab-case. */
  readonly name: string;
}

/** An instant at which a process wants to be told that it has come. */
export interface ProcessTimer {
  /** Names the timer within its process: stable, kebab-case. */
  readonly name: string;
  /** RFC 3339 in UTC, milliseconds. */
  readonly dueAt: string;
}

/** What follows from a state. Nothing of it is stored: whoever folds the stream finds it again. */
export interface ProcessWants<Step extends ProcessStep> {
  /** The next step; the ones after it follow from the states that it leads to. */
  readonly step?: Step;
  readonly timers?: readonly ProcessTimer[];
}

/** What a process learns. */
export type ProcessInput<Told> =
  /** Somebody, or an event of another stream, says something in the process's own words. */
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'timer'; readonly timer: string }
  /** A step's command was carried out. */
  | { readonly kind: 'done'; readonly step: string }
  /** A step's command was refused, with the code of the rule; `step-dismissed` where somebody let it go. */
  | { readonly kind: 'refused'; readonly step: string; readonly code: string };

/**
 * The rules of a process that spans streams, pure. Its state is folded from events of its own, in a stream of its own; it
 * knows no framework, database, clock or chance, and does nothing by itself: what is to be done follows from the state.
 * A step that is refused leads to events whose state wants done what takes back the steps before.
 */
export interface ProcessManager<
  State,
  Step extends ProcessStep,
  Told,
  Event extends AnyEvent,
  Opened extends AnyOpened,
> {
  /** Kind of its streams, and its name. */
  readonly kind: string;
  readonly events: readonly EventDeclaration[];
  initialState(): State;
  /** Total over erased sections; an erased process wants nothing. */
  evolve(state: State, event: Opened): State;
  /**
   * The events that an input leads to; none where it does not concern the process any more. A step's outcome, and a
   * timer, have to lead to a state that does not want that again. @throws Refusal, to whoever told something
   */
  decide(input: ProcessInput<Told>, state: State, moment: Moment): readonly Event[];
  wants(state: State): ProcessWants<Step>;
}

/** A process as its stream has it. */
export interface ProcessState<State> {
  readonly state: State;
  /** The last event of its own: what is to be done follows from it. */
  readonly last?: string;
}

export type ProcessCommand<Told> =
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'timer'; readonly timer: ProcessTimer }
  | {
      readonly kind: 'outcome';
      readonly step: string;
      /** The event that the step followed from. */
      readonly after: string;
      /** Code of the rule that refused it; absent: done. */
      readonly refused?: string;
    };

/** A process was told of a step or a timer, and still wants the same: it would go round for ever. */
export class ProcessStuckError extends Error {
  override readonly name = 'ProcessStuckError';
  readonly code = 'process-stuck';
}

/**
 * A process as a decider, for the recorder. A step's outcome counts only while the state wants that step since that
 * event, and a timer only while it is wanted and its instant has come: whoever comes late, or twice, records nothing.
 */
export function processDecider<State, Step extends ProcessStep, Told, Event extends AnyEvent, Opened extends AnyOpened>(
  manager: ProcessManager<State, Step, Told, Event, Opened>,
): Decider<ProcessState<State>, ProcessCommand<Told>, Event, Opened> {
  return {
    kind: manager.kind,
    events: manager.events,
    initialState: () => ({ state: manager.initialState() }),
    evolve: ({ state }, event) => ({ state: manager.evolve(state, event), last: event.id }),
    decide(command, { state, last }, moment) {
      if (command.kind === 'told') return manager.decide(command, state, moment);
      const wants = manager.wants(state);
      if (command.kind === 'timer') {
        const { name, dueAt } = command.timer;
        const isWanted = wants.timers?.some((timer) => timer.name === name && timer.dueAt === dueAt);
        if (!isWanted || moment.now < dueAt) return [];
        return something(manager.decide({ kind: 'timer', timer: name }, state, moment));
      }
      const { step, after, refused } = command;
      if (wants.step?.name !== step || last !== after) return [];
      const input =
        refused === undefined ? ({ kind: 'done', step } as const) : ({ kind: 'refused', step, code: refused } as const);
      return something(manager.decide(input, state, moment));
    },
  };
}

function something<Event>(events: readonly Event[]): readonly Event[] {
  if (events.length === 0) throw new ProcessStuckError('what the process was told of led to nothing');
  return events;
}
