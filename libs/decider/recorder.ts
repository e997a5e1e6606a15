import type { EventStore, NewEvent } from '@ardoise/event-store';
import { canonicalJson, randomId, type Json } from '@ardoise/format';
import type { AnyEvent, AnyOpened, EventToSeal, Opener, OpenedSection, Sealer } from '@ardoise/sealing';
import { toSecond, type Clock } from '@ardoise/time';
import type { Naming, Vault } from '@ardoise/vault';
import { Refusal, type Decider, type Moment } from './decider';

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

export interface RecorderParts {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly sealer: Sealer;
  readonly opener: Opener;
  readonly clock: Clock;
  /** Number of the policy version in force. */
  readonly policyOf: (organisation: string) => number | Promise<number>;
}

interface Job {
  readonly command: unknown;
  readonly context: CommandContext;
  resolve(outcome: Outcome<unknown, AnyOpened>): void;
  reject(error: unknown): void;
}

type AnyDecider = Decider<unknown, unknown, AnyEvent, AnyOpened>;

interface Queue {
  readonly decider: AnyDecider;
  readonly jobs: Job[];
}

const longestBatch = 200;
const mostAttempts = 12;

/**
 * Turns commands into records: load, evolve, decide, seal, append with the exact expected version; on a conflict again
 * from the start. Commands to one stream of one process wait in a queue and are decided together on staged state, each
 * with an outcome of its own, so that a stream many write to costs one append for all who wait.
 */
export class Recorder {
  /** Per decider, by organisation and stream. */
  private readonly queues = new WeakMap<object, Map<string, Queue>>();

  constructor(private readonly parts: RecorderParts) {}

  /** @throws Refusal, VaultError, EventStoreUnavailableError */
  execute<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
    decider: Decider<State, Command, Event, Opened>,
    stream: string,
    command: Command,
    context: CommandContext,
  ): Promise<Outcome<State, Opened>> {
    return new Promise((resolve, reject) => {
      const name = `${context.organisation}/${stream}`;
      const job = { command, context, resolve, reject } as Job;
      const queues = this.queues.get(decider) ?? new Map<string, Queue>();
      this.queues.set(decider, queues);
      const waiting = queues.get(name);
      if (waiting) {
        waiting.jobs.push(job);
        return;
      }
      const queue: Queue = { decider: decider, jobs: [job] };
      queues.set(name, queue);
      void this.drain(context.organisation, stream, queue).finally(() => queues.delete(name));
    });
  }

  /** The stream that a creating command makes; a repeated command meets its first stream. */
  async newStream(kind: string, context: CommandContext): Promise<string> {
    return (await this.parts.vault.naming(context.organisation)).stream(kind, context.commandId);
  }

  /** A stream's events, opened, and its state. */
  async load<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
    decider: Decider<State, Command, Event, Opened>,
    organisation: string,
    stream: string,
  ): Promise<{ readonly state: State; readonly version: number; readonly events: readonly Opened[] }> {
    const stored = await this.parts.store.readStream(organisation, stream);
    const events = (await this.parts.opener.open(organisation, stored)) as Opened[];
    const state = foldEvents(decider, decider.initialState(), events);
    return { state, version: stored.length, events };
  }

  /** A stream's state, from what is known of it already: only what came after is read. */
  async fold<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
    decider: Decider<State, Command, Event, Opened>,
    organisation: string,
    stream: string,
    from: { readonly state: State; readonly version: number } = { state: decider.initialState(), version: 0 },
  ): Promise<{ readonly state: State; readonly version: number }> {
    const stored = await this.parts.store.readStream(organisation, stream, from.version);
    if (stored.length === 0) return from;
    const events = (await this.parts.opener.open(organisation, stored)) as Opened[];
    const state = foldEvents(decider, from.state, events);
    return { state, version: from.version + stored.length };
  }

  private async drain(organisation: string, stream: string, queue: Queue): Promise<void> {
    while (queue.jobs.length > 0) {
      const jobs = queue.jobs.splice(0, longestBatch);
      try {
        await this.record(queue.decider, organisation, stream, jobs);
      } catch (error) {
        if (jobs.length === 1) jobs[0]?.reject(error);
        // One command that cannot be sealed must not fail its neighbours: each is tried alone.
        else
          for (const job of jobs)
            await this.record(queue.decider, organisation, stream, [job]).catch((alone: unknown) => job.reject(alone));
      }
    }
  }

  private async record(decider: AnyDecider, organisation: string, stream: string, jobs: readonly Job[]): Promise<void> {
    const naming = await this.parts.vault.naming(organisation);
    const policy = await this.parts.policyOf(organisation);
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const staged = new Staging(decider, stream, policy, naming, this.parts.clock.now());
      staged.begin((await this.load(decider, organisation, stream)).events);
      const settle = jobs.map((job) => staged.run(job));
      if (staged.toSeal.length === 0) {
        settle.forEach((finish) => finish());
        return;
      }
      const events: NewEvent[] = await this.parts.sealer.seal(organisation, stream, staged.toSeal);
      const expectedVersion = staged.loadedVersion;
      const outcome = await this.parts.store.append({ organisation, stream, expectedVersion, events });
      if (outcome.kind === 'appended') {
        settle.forEach((finish) => finish());
        return;
      }
    }
    throw new Refusal('conflict', 'too-much-contention', 'others changed the same thing at the same time; try again');
  }
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

interface CommandTrace {
  readonly events: AnyOpened[];
  state: unknown;
  version: number;
}

/** One attempt: the stream as loaded, and on top of it what this batch's commands add. */
class Staging {
  readonly toSeal: EventToSeal[] = [];
  loadedVersion = 0;
  private state: unknown;
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

  begin(events: readonly AnyOpened[]): void {
    for (const event of events) this.apply(event);
    this.loadedVersion = this.version;
  }

  /** Decides one command; what is returned tells its caller, once the append has happened. */
  run(job: Job): () => void {
    try {
      const outcome = this.outcomeOf(job);
      return () => job.resolve(outcome);
    } catch (error) {
      return () => job.reject(error);
    }
  }

  private outcomeOf({ command, context }: Job): Outcome<unknown, AnyOpened> {
    const hash = this.naming.command(this.stream, context.commandId);
    const request =
      context.request === undefined ? undefined : this.naming.digest('request', canonicalJson(context.request));
    const earlier = this.traces.get(hash.toString('hex'));
    if (earlier) {
      refuseAnotherRequest(earlier, request);
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
    const events = decided.map((event, index) => this.stage(event, hash, context, index === 0 ? request : undefined));
    return { stream: this.stream, version: this.version, state: this.state, events, repeated: false };
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
    const opened = stagedAsOpened(context.organisation, this.stream, toSeal);
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

/** The id of a command that was carried out comes back: it must be the same request. */
function refuseAnotherRequest(earlier: CommandTrace, request: string | undefined): void {
  const first = earlier.events[0] as AnyOpened;
  const recorded = first.request ?? Object.values(first.sections)[0]?.request;
  if (recorded === undefined && first.closed.length > 0) {
    throw new Refusal('gone', 'erased', 'what this command recorded has been erased since');
  }
  if (recorded !== undefined && request !== undefined && recorded !== request) {
    throw new Refusal(
      'reused',
      'idempotency-key-reused',
      'this idempotency key was used for another request; use a new UUID for each new command',
    );
  }
}

function stagedAsOpened(organisation: string, stream: string, { event, ...known }: EventToSeal): AnyOpened {
  const sections: { [role: string]: OpenedSection } = {};
  Object.entries(event.sections).forEach(([role, content], index) => {
    if (!content) return;
    sections[role] = {
      unit: '',
      person: content.person,
      occurredAt: content.occurredAt,
      source: known.source,
      category: content.category ?? '',
      ...(index === 0 && known.request !== undefined ? { request: known.request } : {}),
      fields: content.fields,
    };
  });
  return {
    id: known.id,
    organisation,
    stream,
    version: known.version,
    position: 0n,
    schema: 1,
    policy: known.policy,
    recordedAt: known.recordedAt,
    command: known.command.toString('hex'),
    ...(known.service === undefined ? {} : { service: known.service }),
    type: event.type,
    facts: event.facts,
    sections,
    closed: [],
  };
}
