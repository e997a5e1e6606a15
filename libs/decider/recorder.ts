import type { EventStore, NewEvent } from '@ardoise/event-store';
import { readHeader, type Header } from '@ardoise/format';
import type { AnyEvent, AnyOpened, Opener, Sealer } from '@ardoise/sealing';
import type { RecentStates, Snapshots } from '@ardoise/snapshots';
import type { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { foldEvents, Refusal, type Decider } from './decider';
import { StreamReading } from './stream-reading';
import { Staging, type AnyDecider, type CommandContext, type Job, type Outcome } from './staging';

export type { CommandContext, Outcome } from './staging';

export interface RecorderParts {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly sealer: Sealer;
  readonly opener: Opener;
  readonly clock: Clock;
  /** Number of the policy version in force. */
  readonly policyOf: (organisation: string) => number | Promise<number>;
  /** States of long streams; without them every stream is read from its beginning. */
  readonly snapshots?: Snapshots;
  /** States of streams that this process folded a moment ago; without them each command folds anew. */
  readonly recent?: RecentStates;
  /** Asked before each command; throws where an organisation records nothing now. Default: all record. */
  readonly mustBeOpen?: (organisation: string) => void;
}

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

  private readonly reading: StreamReading;

  constructor(private readonly parts: RecorderParts) {
    this.reading = new StreamReading(parts);
  }

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
      void this.drain(context.organisation, stream, queue, () => queues.delete(name));
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
    const { opened, version } = await this.reading.whole(organisation, stream);
    const events = opened as Opened[];
    return { state: foldEvents(decider, decider.initialState(), events), version, events };
  }

  /** A stream's state, from what is known of it already: only what came after is read. */
  async fold<State, Command, Event extends AnyEvent, Opened extends AnyOpened>(
    decider: Decider<State, Command, Event, Opened>,
    organisation: string,
    stream: string,
    from?: { readonly state: State; readonly version: number },
  ): Promise<{ readonly state: State; readonly version: number }> {
    const { before, opened, version } = from
      ? { ...(await this.reading.after(organisation, stream, from.version)), before: from }
      : await this.reading.latest(decider, organisation, stream);
    if (from && opened.length === 0) return from;
    const state = foldEvents(decider, (before?.state ?? decider.initialState()) as State, opened);
    return { state, version };
  }

  private async drain(organisation: string, stream: string, queue: Queue, done: () => void): Promise<void> {
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
    // Nothing may come between the look at the empty queue and its end: a job pushed there would never be run.
    done();
  }

  private async record(decider: AnyDecider, organisation: string, stream: string, jobs: readonly Job[]): Promise<void> {
    this.parts.mustBeOpen?.(organisation);
    const naming = await this.parts.vault.naming(organisation);
    const policy = await this.parts.policyOf(organisation);
    // How many events the stream has, where that is all that has to be known of it.
    let whole = false;
    let end = decider.stateless && jobs.every(({ context }) => context.expectedVersion === undefined) ? 0 : undefined;
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const staged = new Staging(decider, stream, policy, naming, this.parts.clock.now());
      if (end === undefined) {
        const read = await (whole
          ? this.reading.whole(organisation, stream)
          : this.reading.latest(decider, organisation, stream));
        if (jobs.some(({ context }) => read.mayHold(naming.command(stream, context.commandId)))) {
          // The first outcome of a command is made again from its events: the stream is read in full.
          whole = true;
          continue;
        }
        staged.begin(read.opened, read.before);
        read.keep(staged.loadedState);
      } else if (end > 0) staged.beginAfter(await this.lastOf(organisation, stream, end));
      const settle = jobs.map((job) => staged.run(job));
      // An append would have met an earlier one of the same command; what appends nothing has to look for it.
      if (end !== undefined && staged.cameToNothing) {
        end = undefined;
        continue;
      }
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
      // What was carried out before has to be found, and for that the stream is read.
      if (end !== undefined) end = outcome.kind === 'conflict' ? outcome.version : undefined;
    }
    throw new Refusal('conflict', 'too-much-contention', 'others changed the same thing at the same time; try again');
  }

  /** A stream's last event, of so many. */
  private async lastOf(organisation: string, stream: string, count: number): Promise<Header> {
    const [last] = await this.parts.store.readStream(organisation, stream, count - 1);
    if (!last) throw new Error('the end of a stream is not where the log says');
    return readHeader(last.header);
  }
}
