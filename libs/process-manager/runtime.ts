import { randomUUID } from 'node:crypto';
import type { Recorder } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { Bell, LaneKeeper, type LeaseEntry, LeaseTable, type Log } from '@ardoise/lanes';
import type { Reaction, ReactionHandler } from '@ardoise/reactions';
import { type EventOpener, storedId } from '@ardoise/sealing';
import { silentSteps, type Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import {
  DeadLetters,
  type DismissalPage,
  type DismissalReason,
  type DismissalTerms,
  type LetterPage,
  type ProcessDeadLetter,
  type ProcessDismissal,
  type Standing,
} from './dead-letters';
import { type HostedProcess, ProcessSetupError } from './hosted-process';
import { Instances } from './instances';
import { ProcessManagerMetrics } from './metrics';
import { ProcessLane } from './process-lane';
import { Visitor } from './visitor';

export interface ProcessManagerOptions {
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly recorder: Recorder;
  readonly vault: Pick<Vault, 'naming'>;
  /** Sessions of the role ardoise_read. */
  readonly pool: Pool;
  readonly processes: readonly HostedProcess[];
  /** Whether processes may go on for an organisation; asked at each look. Default: always. */
  readonly runs?: (organisation: string) => boolean;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  /** Where it says how far a dismissal has come; default nowhere. */
  readonly steps?: Steps;
  /** Names this worker in leases; default a random one. */
  readonly owner?: string;
  /** How long a lane stays with a worker that says nothing; default 10,000. */
  readonly leaseMilliseconds?: number;
  /** How often lanes look whether the clock has moved, and for what other workers were told; default 1,000. */
  readonly pollMilliseconds?: number;
  /** Pauses after failures, in milliseconds of the clock; the last one repeats. */
  readonly delays?: readonly number[];
  /** Failures in a row after which a process stands still; default 8. */
  readonly tries?: number;
  /** Most processes that are looked at side by side; default 8. */
  readonly concurrency?: number;
}

const [second, minute] = [1_000, 60_000];
const defaultDelays = [second, 5 * second, 30 * second, 2 * minute, 10 * minute];

/**
 * Runs process managers, one lane per organisation and process. `reactions` follow the log and write down who is to be
 * told of what; the lanes do the rest. Several workers may run on one database.
 */
export class ProcessManagerRuntime {
  private readonly leases: LeaseTable;
  private readonly instances: Instances;
  private readonly letters: DeadLetters;
  private readonly visitors: ReadonlyMap<string, Visitor>;
  private readonly keeper: LaneKeeper;
  private readonly bells = new Set<Bell>();

  /** @throws ProcessSetupError */
  constructor(private readonly options: ProcessManagerOptions) {
    const { pool, clock, owner = randomUUID(), leaseMilliseconds = 10_000, metrics, processes } = options;
    const { delays = defaultDelays, tries = 8, steps = silentSteps } = options;
    for (const [index, { manager, listensTo }] of processes.entries()) {
      const { kind, events } = manager;
      if (processes.findIndex((other) => other.manager.kind === kind) !== index) {
        throw new ProcessSetupError(`two processes are named "${kind}"`);
      }
      const own = events.find(({ type }) => listensTo.includes(type));
      if (own) throw new ProcessSetupError(`the process "${kind}" listens to its own "${own.type}"`);
    }
    this.leases = new LeaseTable(pool, 'process_managers.lanes', clock, owner, leaseMilliseconds);
    this.instances = new Instances(pool, this.leases);
    this.letters = new DeadLetters(pool);
    const own = { instances: this.instances, metrics: new ProcessManagerMetrics(metrics, this.letters), steps };
    this.visitors = new Map(
      processes.map((process) => [process.manager.kind, new Visitor({ ...options, ...own, delays, tries }, process)]),
    );
    this.keeper = this.laneKeeper();
  }

  /** To be run with the other reactions: what they follow the log with, and what can be said of how far they are. */
  reactions(): Reaction[] {
    return this.options.processes.map((process) => {
      const { kind, events } = process.manager;
      const own: ReactionHandler = (event) => this.call(event.organisation, kind, event.stream);
      const other: ReactionHandler = async (event) => {
        const stream = await process.streamOf(event);
        if (stream === undefined) return;
        await this.call(event.organisation, kind, stream, { position: event.position, event: storedId(event) });
      };
      const on = [
        ...events.map(({ type }) => [type, own] as const),
        ...process.listensTo.map((type) => [type, other] as const),
      ];
      return { name: kind, on: Object.fromEntries(on) };
    });
  }

  start(): void {
    this.keeper.start();
  }

  /** Ends after the steps under way; other workers can take the lanes at once. */
  async stop(): Promise<void> {
    await this.keeper.stop();
  }

  /** Looks at once for lanes, and for what is due. */
  lookNow(): void {
    this.keeper.lookNow();
    this.ring();
  }

  /** Of an organisation the processes that stand still, and at what; the latest first. */
  deadLetters(organisation: string, page: LetterPage): Promise<ProcessDeadLetter[]> {
    return this.letters.list(organisation, page);
  }

  /** Has processes that stand still try again: one, where it stands at just that, all of a kind, or all of an organisation. Gives how many. */
  async retry(organisation: string, process?: string, stream?: string, standsAt?: string): Promise<number> {
    const count = await this.instances.restart(organisation, process, stream, standsAt);
    this.ring();
    return count;
  }

  /**
   * Lets go what a process stands still at, which stays on record. A step that is let go is told to the process, when it
   * is looked at next, as refused (`step-dismissed`), so that it takes back what it did before; as done, where it was done
   * otherwise. An event is not told at all. Asked again for the same, it does nothing more. False where the process does
   * not stand still at that, or that can only be tried again: a timer, a stream that cannot be read.
   * @throws what keeps the process's stream from being read
   */
  async dismiss(letter: Standing, reason: DismissalReason): Promise<boolean> {
    const { organisation, process, stream, standsAt } = letter;
    const { clock, log, steps = silentSteps } = this.options;
    if (!(await this.letters.has(letter))) return this.letters.wasDismissed(letter, reason);
    const what = await this.goes(letter, reason);
    if (!what) {
      if (!standsAt.startsWith('step/')) return false;
      // The process has come on since, and does not want that step: it is looked at, and nothing is let go.
      await this.retry(organisation, process, stream, standsAt);
      return this.letters.wasDismissed(letter, reason);
    }
    if (!(await this.letters.dismiss(letter, { reason, now: clock.now(), ...what }))) {
      return this.letters.wasDismissed(letter, reason);
    }
    log.warn({ organisation, process, stream, standsAt, reason }, 'a dead letter of a process was dismissed');
    await steps.done('process-dismissal/kept');
    this.ring();
    return true;
  }

  /** What was let go, the latest first. */
  dismissals(organisation: string, page: DismissalPage): Promise<ProcessDismissal[]> {
    return this.letters.dismissals(organisation, page);
  }

  /** Whether no process has anything to do now, of what it was called for. */
  async isAtRest(organisation: string): Promise<boolean> {
    return (await this.instances.countDue(organisation, this.options.clock.now())) === 0;
  }

  /** Has every process looked at again: the log behind a position is another one. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.instances.setBack(organisation, to);
    this.ring();
  }

  lanes(): Promise<LeaseEntry[]> {
    return this.leases.list();
  }

  private async call(
    organisation: string,
    process: string,
    stream: string,
    entry?: { position: bigint; event: string },
  ): Promise<void> {
    await this.instances.call(organisation, process, stream, this.options.clock.now(), entry);
    this.ring();
  }

  /** What is let go with a dead letter; undefined where it can only be tried again. */
  private async goes(
    { organisation, process, stream, standsAt }: Standing,
    reason: DismissalReason,
  ): Promise<Pick<DismissalTerms, 'letGo' | 'event'> | undefined> {
    const name = standsAt.slice(standsAt.indexOf('/') + 1);
    if (standsAt.startsWith('event/')) return { event: name };
    if (!standsAt.startsWith('step/')) return undefined;
    const after = await this.visitors.get(process)?.wantedSince(organisation, stream, name);
    return after === undefined ? undefined : { letGo: { step: name, after, isDone: reason === 'done-otherwise' } };
  }

  private ring(): void {
    for (const bell of this.bells) bell.ring();
  }

  private laneKeeper(): LaneKeeper {
    const { store, processes, clock, log, runs = () => true, pollMilliseconds = 1_000, concurrency = 8 } = this.options;
    const parts = { instances: this.instances, clock, pollMilliseconds, concurrency };
    return new LaneKeeper({
      leases: this.leases,
      lanes: async () =>
        (await store.organisations())
          .filter(runs)
          .flatMap((organisation) => processes.map(({ manager }) => ({ organisation, purpose: manager.kind }))),
      run: (lease, signal) => {
        const bell = new Bell();
        this.bells.add(bell);
        const lane = new ProcessLane(parts, this.visitors.get(lease.purpose) as Visitor, lease, bell);
        return lane.run(signal).finally(() => this.bells.delete(bell));
      },
      lookMilliseconds: pollMilliseconds,
      delays: [100, 500, 2_000, 5_000],
      log,
    });
  }
}
