import { canonicalJson, randomId, type Json } from '@ardoise/format';
import type {
  AnyEvent,
  AnyOpened,
  EventDeclaration,
  EventToSeal,
  OpenedSection,
  SectionContent,
} from '@ardoise/sealing';
import { toSecond } from '@ardoise/time';
import type { Naming } from '@ardoise/vault';
import { foldEvents, Refusal, type Decider, type Moment } from './decider';

/** What the runtime knows of a command besides its content. */
export interface CommandContext {
  readonly organisation: string;
  /** A UUID; the same id always means the same command. */
  readonly commandId: string;
  /** Service account that acts, named in clear. */
  readonly service?: string;
  /** Where the fact comes from. */
  readonly source: string;
  /** RFC 3339 with milliseconds, where the fact happened before it was told. */
  readonly occurredAt?: string;
  readonly causation?: string;
  readonly correlation?: string;
  /** The request as the client gave it; its keyed digest tells a reused id from a repeated one. */
  readonly request?: Json;
  /** How many events the stream must have (`If-Match`). */
  readonly expectedVersion?: number;
}

/** What became of a command. */
export interface Outcome<State, Opened> {
  readonly stream: string;
  /** Count of the stream's events just after the command. */
  readonly version: number;
  /** State just after the command. */
  readonly state: State;
  /** The events that the command led to; none when it changed nothing. */
  readonly events: readonly Opened[];
  /** The command had been carried out before; nothing was appended now. */
  readonly repeated: boolean;
}

export interface Job {
  readonly command: unknown;
  readonly context: CommandContext;
  resolve(outcome: Outcome<unknown, AnyOpened>): void;
  reject(error: unknown): void;
}

export type AnyDecider = Decider<unknown, unknown, AnyEvent, AnyOpened>;

/** The beginning of a stream, of which the state alone is known. */
export interface StreamBeginning {
  readonly state: unknown;
  /** How many events it has. */
  readonly version: number;
  readonly recordedAt: string;
}

interface CommandTrace {
  readonly events: AnyOpened[];
  state: unknown;
  version: number;
}

/** One attempt: the stream as loaded, and on top of it what this batch's commands add. */
export class Staging {
  readonly toSeal: EventToSeal[] = [];
  loadedVersion = 0;
  private state: unknown;
  /** Whether a command came to no event: it may be a repeated one, whose first outcome had some. */
  cameToNothing = false;
  private version = 0;
  private lastRecordedAt = '';
  private readonly traces = new Map<string, CommandTrace>();

  constructor(
    private readonly decider: AnyDecider,
    private readonly stream: string,
    private readonly policy: number,
    private readonly naming: Naming,
    private readonly now: Date,
  ) {
    this.state = decider.initialState();
  }

  /** On what was read of the stream, and the state before that. */
  begin(events: readonly AnyOpened[], before?: StreamBeginning): void {
    if (before) {
      this.state = before.state;
      this.version = before.version;
      this.lastRecordedAt = before.recordedAt;
    }
    for (const event of events) this.apply(event);
    this.loadedVersion = this.version;
  }

  /** After what was read, and before any command was run. */
  get loadedState(): unknown {
    return this.state;
  }

  /** On top of a stream of which only the end is known: for a decider that needs no state. */
  beginAfter(last: Pick<AnyOpened, 'version' | 'recordedAt'>): void {
    this.version = last.version + 1;
    this.lastRecordedAt = last.recordedAt;
    this.loadedVersion = this.version;
  }

  /** Decides one command; what is returned tells its caller, once the append has happened. */
  run(job: Job): () => void {
    try {
      const outcome = this.outcomeOf(job);
      this.cameToNothing ||= outcome.events.length === 0;
      return () => job.resolve(outcome);
    } catch (error) {
      this.cameToNothing = true;
      return () => job.reject(error);
    }
  }

  private outcomeOf({ command, context }: Job): Outcome<unknown, AnyOpened> {
    const hash = this.naming.command(this.stream, context.commandId);
    const request =
      context.request === undefined ? undefined : this.naming.digest('request', canonicalJson(context.request));
    const earlier = this.traces.get(hash.toString('hex'));
    if (earlier) {
      refuseAnotherRequest(this.decider, earlier, request);
      return {
        stream: this.stream,
        version: earlier.version,
        state: earlier.state,
        events: earlier.events,
        repeated: true,
      };
    }
    if (context.expectedVersion !== undefined && context.expectedVersion !== this.version) {
      throw new Refusal(
        'stale',
        'stale-version',
        `the version asked for is ${context.expectedVersion}; it is ${this.version}`,
      );
    }
    const now = this.now.toISOString();
    const moment: Moment = { now, occurredAt: context.occurredAt ?? now };
    const decided = this.decider.decide(command, this.state, moment);
    const events = this.allOrNone(hash, () =>
      decided.map((event, index) => this.stage(event, hash, context, index === 0 ? request : undefined)),
    );
    return { stream: this.stream, version: this.version, state: this.state, events, repeated: false };
  }

  /** A command whose events do not all fold leaves none of them behind for its neighbours' append. */
  private allOrNone<T>(command: Buffer, stage: () => T): T {
    const { state, version, lastRecordedAt } = this;
    const staged = this.toSeal.length;
    try {
      return stage();
    } catch (error) {
      Object.assign(this, { state, version, lastRecordedAt });
      this.toSeal.length = staged;
      this.traces.delete(command.toString('hex'));
      throw error;
    }
  }

  private stage(event: AnyEvent, command: Buffer, context: CommandContext, request: string | undefined): AnyOpened {
    const second = toSecond(this.now);
    const toSeal: EventToSeal = {
      id: randomId(),
      event,
      version: this.version,
      // Never goes back within a stream, whatever the machine's clock does.
      recordedAt: second < this.lastRecordedAt ? this.lastRecordedAt : second,
      policy: this.policy,
      command,
      source: context.source,
      ...(context.service === undefined ? {} : { service: context.service }),
      ...(context.causation === undefined ? {} : { causation: context.causation }),
      ...(context.correlation === undefined ? {} : { correlation: context.correlation }),
      ...(request === undefined ? {} : { request }),
    };
    this.toSeal.push(toSeal);
    const opened = stagedAsOpened(this.decider, context.organisation, this.stream, toSeal);
    this.apply(opened);
    return opened;
  }

  private apply(event: AnyOpened): void {
    this.state = foldEvents(this.decider, this.state, [event]);
    this.version = event.version + 1;
    this.lastRecordedAt = event.recordedAt;
    const trace = this.traces.get(event.command) ?? { events: [], state: undefined, version: 0 };
    trace.events.push(event);
    trace.state = this.state;
    trace.version = this.version;
    this.traces.set(event.command, trace);
  }
}

function declarationOf(decider: AnyDecider, type: string): EventDeclaration | undefined {
  return decider.events.find((declaration) => declaration.type === type);
}

/** The id of a command that was carried out comes back: it must be the same request. */
function refuseAnotherRequest(decider: AnyDecider, earlier: CommandTrace, request: string | undefined): void {
  const first = earlier.events[0] as AnyOpened;
  // The request's digest stands in the first section, or among the facts where nothing is sealed.
  const role = Object.keys(declarationOf(decider, first.type)?.sections ?? first.sections)[0];
  const recorded = first.request ?? (role === undefined ? undefined : first.sections[role]?.request);
  const closed = first.closed.find((section) => role === undefined || section.role === role);
  if (recorded === undefined && closed?.state === 'erased') {
    throw new Refusal('gone', 'erased', 'what this command recorded has been erased since');
  }
  if (recorded === undefined && closed?.state === 'lost') {
    throw new Refusal('gone', 'lost', 'the key of what this command recorded was lost since');
  }
  if (recorded !== undefined && request !== undefined && recorded !== request) {
    throw new Refusal(
      'reused',
      'idempotency-key-reused',
      'this idempotency key was used for another request; use a new UUID for each new command',
    );
  }
}

/** What was staged, as it will be read back; only unit and position are not known yet. */
function stagedAsOpened(decider: AnyDecider, organisation: string, stream: string, staged: EventToSeal): AnyOpened {
  const { event, command, service, id, version, policy, recordedAt } = staged;
  const declaration = declarationOf(decider, event.type);
  const roles = Object.keys(declaration?.sections ?? event.sections).filter((role) => event.sections[role]);
  const sections = Object.fromEntries(
    roles.map((role, index) => [role, sectionAsOpened(staged, declaration, role, index)]),
  );
  const { request } = staged;
  return {
    id,
    organisation,
    stream,
    version,
    position: 0n,
    schema: declaration?.schema ?? 1,
    policy,
    recordedAt,
    command: command.toString('hex'),
    ...(service === undefined ? {} : { service }),
    ...(roles.length > 0 || request === undefined ? {} : { request }),
    type: event.type,
    facts: event.facts,
    sections,
    closed: [],
  };
}

function sectionAsOpened(
  { event, source, causation, correlation, request }: EventToSeal,
  declaration: EventDeclaration | undefined,
  role: string,
  index: number,
): OpenedSection {
  const { person, occurredAt, category, fields } = event.sections[role] as SectionContent;
  const declared = declaration?.sections[role]?.category;
  return {
    unit: '',
    person,
    occurredAt,
    source,
    ...(index > 0 || causation === undefined ? {} : { causation }),
    ...(index > 0 || correlation === undefined ? {} : { correlation }),
    ...(index > 0 || request === undefined ? {} : { request }),
    category: category ?? (typeof declared === 'string' ? declared : ''),
    fields,
  };
}
