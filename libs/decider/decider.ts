import { sha256Hex } from '@ardoise/format';
import type { AnyEvent, AnyOpened, EventDeclaration } from '@ardoise/sealing';

/** When a decision is taken. */
export interface Moment {
  /** RFC 3339 in UTC, milliseconds: the instant of the decision. */
  readonly now: string;
  /** When the fact happened, as the client says; the decision's instant where it says nothing. */
  readonly occurredAt: string;
}

/** A stream's rules, pure: state from events, events from a command. It knows no framework, database, clock or chance. */
export interface Decider<State, Command, Event extends AnyEvent, Opened extends AnyOpened> {
  /** Kind of the stream; every stream id begins with it. */
  readonly kind: string;
  /** The types that it folds; others that stand in the stream belong to another capability and are passed over. */
  readonly events: readonly EventDeclaration[];
  /**
   * Decides by the command alone, whatever the stream holds: its state is always the initial one. Such a stream is
   * appended to without being read, however long it is.
   */
  readonly stateless?: true;
  /** How its state is kept beside a long stream; without it, every command folds the whole stream. */
  readonly snapshots?: StateKeeping<State>;
  initialState(): State;
  /** Total over erased sections: a stream folds without keys. */
  evolve(state: State, event: Opened): State;
  /** The events that the command leads to; none when it changes nothing. @throws Refusal */
  decide(command: Command, state: State, moment: Moment): readonly Event[];
}

/** How a state is written down and read again: what is read is equal to what was written, in whatever comes of it. */
export interface StateKeeping<State> {
  /**
   * Raised whenever the same events come to another state, or a state is written another way: snapshots of other versions
   * are not looked at. Versions of events count by themselves.
   */
  readonly version: number;
  /** As JSON says it. */
  write(state: State): unknown;
  read(written: unknown): State;
}

/** Names the states that one program can take over from another: whose they are, and what they were folded from. */
export function formOf({
  kind,
  events,
  snapshots,
}: Pick<Decider<unknown, never, AnyEvent, AnyOpened>, 'kind' | 'events' | 'snapshots'>): string {
  const folds = events.map(({ type, schema }) => `${type}/${schema}`).sort();
  return `${kind}/${snapshots?.version}/${sha256Hex(Buffer.from(folds.join('\n'))).slice(0, 16)}`;
}

/** What a refusal means to the one who asked. */
export type RefusalKind = 'invalid' | 'not-found' | 'conflict' | 'gone' | 'stale' | 'reused';

/**
 * A command that the rules refuse. The message says what is wrong and what would be right, in words that hold no
 * personal value; `at` points into the request (RFC 6901) where one place is to blame.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: RefusalKind,
    /** Stable, kebab-case. */
    readonly code: string,
    message: string,
    readonly at?: string,
  ) {
    super(message);
  }
}

/** Refuses what contradicts the state of the thing. */
export function conflict(code: string, message: string, at?: string): Refusal {
  return new Refusal('conflict', code, message, at);
}

/** Refuses what could never be right. */
export function invalid(code: string, message: string, at?: string): Refusal {
  return new Refusal('invalid', code, message, at);
}

/** Refuses what names a thing that is not there. */
export function notFound(code: string, message: string, at?: string): Refusal {
  return new Refusal('not-found', code, message, at);
}

/** Exhaustiveness by the compiler: a case that is not handled does not compile. */
export function never(value: never): never {
  throw new Error(`unhandled case ${JSON.stringify((value as { type?: unknown }).type)}`);
}

/** Folds the events that the decider knows; others of the same stream are not its business. */
export function foldEvents<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
  decider: Decider<State, Command, Event, Opened>,
  state: State,
  events: readonly AnyOpened[],
): State {
  return events.reduce<State>(
    (folded, event) =>
      decider.events.some(({ type }) => type === event.type) ? decider.evolve(folded, event as Opened) : folded,
    state,
  );
}
