import { randomUUID } from 'node:crypto';
import type { EventStore } from '@ardoise/event-store';
import { Bell, LaneKeeper, type LeaseEntry, LeaseTable, type Log, pause } from '@ardoise/lanes';
import type { LedgerKeys } from '@ardoise/signing';
import { silentSteps, type Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { LedgerProblem } from './check';
import { type CheckpointListener, Deliveries } from './deliveries';
import { CheckpointWaitTimeoutError } from './errors';
import type { Ledger } from './ledger';
import { LedgerMetrics } from './metrics';
import { SequencingLane, type SequencingParts } from './sequencing-lane';
import type { CheckpointEntry, Tree } from './tree';

export interface SequencerOptions {
  readonly ledger: Ledger;
  readonly store: EventStore;
  /** Sessions of the role ardoise_ledger. */
  readonly pool: Pool;
  readonly keys: LedgerKeys;
  /** What origins of new trees begin with. */
  readonly ledgerOriginBase: string;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  readonly steps?: Steps;
  /** Whether an organisation's lane may run; asked at each look and before each checkpoint. Default: all may. */
  readonly runs?: (organisation: string) => boolean;
  /** Names this worker in leases; default a random one. */
  readonly owner?: string;
  /** How long a lane stays with a worker that says nothing; default 10,000. */
  readonly leaseMilliseconds?: number;
  /** Most leaves of one transaction; default 16,384. */
  readonly batchSize?: number;
  /** Least time between two checkpoints of an organisation; default 1,000. */
  readonly checkpointMilliseconds?: number;
  /** How often lanes look whether something was recorded; default 1,000. */
  readonly pollMilliseconds?: number;
  /** Pauses after failures, in milliseconds; the last one repeats. */
  readonly delays?: readonly number[];
}

/** Where an organisation's newest tree stands. */
export interface TreeStanding extends Tree {
  /** Last position of the organisation's log. */
  readonly head: bigint;
  /** Log positions that the tree is behind. */
  readonly behind: number;
  readonly newest?: Pick<CheckpointEntry, 'size' | 'signedAt'> & {
    readonly cosignatures: number;
    readonly isTimestamped: boolean;
  };
  /** Why this process's lane signs nothing. */
  readonly refused?: LedgerProblem;
}

export interface SequencerStatus {
  readonly trees: readonly TreeStanding[];
  readonly lanes: readonly LeaseEntry[];
}

export interface CheckpointWaitOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Another process may own the lane: its checkpoints are seen by asking the database again. */
const askAgainMilliseconds = 50;
const purpose = 'sequencer';
/** What listeners are told again after, when they have failed. */
const listenerDelays = [1_000, 5_000, 15_000, 60_000];

/** Follows every organisation's log with a tree, and signs it. Several workers may run on one database. */
export class Sequencer {
  private readonly leases: LeaseTable;
  private readonly keeper: LaneKeeper;
  private readonly bells = new Map<string, Bell>();
  private readonly problems = new Map<string, LedgerProblem>();
  private readonly listeners: CheckpointListener[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: SequencerOptions) {
    const { pool, clock, owner = randomUUID(), leaseMilliseconds = 10_000 } = options;
    this.leases = new LeaseTable(pool, 'ledger.lanes', clock, owner, leaseMilliseconds);
    this.keeper = this.laneKeeper();
  }

  /** Told of each lane's newest checkpoints, once they are stored; to be said before `start`. */
  onCheckpoint(listener: CheckpointListener): void {
    this.listeners.push(listener);
  }

  async start(): Promise<void> {
    this.keeper.start();
  }

  /** Signs what is there, then ends; other workers can take the lanes at once. */
  async stop(): Promise<void> {
    await this.keeper.stop();
  }

  /** Looks for lanes, and in this process's lanes for new events, now. */
  lookNow(): void {
    for (const bell of this.bells.values()) bell.ring();
    this.keeper.lookNow();
  }

  /**
   * Resolves with the first checkpoint that covers the position, whoever signs it.
   * @throws CheckpointWaitTimeoutError, or the signal's reason
   */
  async sequenced(
    organisation: string,
    position: bigint,
    { timeoutMs = 30_000, signal }: CheckpointWaitOptions = {},
  ): Promise<CheckpointEntry> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      const entry = await this.options.ledger.coveringPosition(organisation, position);
      if (entry) return entry;
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new CheckpointWaitTimeoutError(`nobody signed for ${organisation} up to ${position} in ${timeoutMs} ms`);
      }
      const bell = this.bells.get(organisation);
      if (bell) bell.ring();
      else this.keeper.lookNow();
      await this.nextStored(Math.min(left, askAgainMilliseconds));
    }
  }

  /** The organisations for which this process's lanes sign nothing, since ledger and log differ. */
  refusals(): ReadonlyMap<string, LedgerProblem> {
    return this.problems;
  }

  async status(): Promise<SequencerStatus> {
    const { ledger, store } = this.options;
    const trees: TreeStanding[] = [];
    for (const organisation of await ledger.organisations()) {
      const tree = await ledger.tree(organisation);
      if (!tree) continue;
      const head = await store.head(organisation);
      const newest = await ledger.latest(organisation);
      const refused = this.problems.get(organisation);
      trees.push({
        ...tree,
        head,
        behind: Number(head > tree.position ? head - tree.position : 0n),
        ...(newest ? { newest: summaryOf(newest) } : {}),
        ...(refused ? { refused } : {}),
      });
    }
    return { trees, lanes: await this.leases.list() };
  }

  /** Resolves when a lane of this process has stored a checkpoint, or after the milliseconds. */
  private async nextStored(milliseconds: number): Promise<void> {
    const controller = new AbortController();
    const wake = (): void => controller.abort();
    this.waiting.add(wake);
    await pause(milliseconds, controller.signal).finally(() => this.waiting.delete(wake));
  }

  private laneKeeper(): LaneKeeper {
    const { store, log, runs = () => true } = this.options;
    const { pollMilliseconds = 1_000, delays = [100, 500, 2_000, 5_000] } = this.options;
    const parts = this.laneParts(pollMilliseconds, runs);
    return new LaneKeeper({
      leases: this.leases,
      lanes: async () => (await store.organisations()).filter(runs).map((organisation) => ({ organisation, purpose })),
      run: (lease, signal) => {
        const bell = new Bell();
        this.bells.set(lease.organisation, bell);
        return new SequencingLane(parts, lease, bell).run(signal).finally(() => this.bells.delete(lease.organisation));
      },
      lookMilliseconds: pollMilliseconds,
      delays,
      log,
    });
  }

  private laneParts(pollMilliseconds: number, runs: (organisation: string) => boolean): SequencingParts {
    const { ledger, metrics, clock, log, steps = silentSteps } = this.options;
    const { batchSize = 16_384, checkpointMilliseconds = 1_000 } = this.options;
    return {
      ...this.options,
      leases: this.leases,
      steps,
      metrics: new LedgerMetrics(metrics, clock),
      runs,
      deliveries: (tree) =>
        new Deliveries(
          {
            listeners: this.listeners,
            latest: ({ organisation, incarnation }) => ledger.latest(organisation, incarnation),
            log,
            delays: listenerDelays,
          },
          tree,
        ),
      refused: (organisation, problem) => {
        if (problem) this.problems.set(organisation, problem);
        else this.problems.delete(organisation);
      },
      stored: () => {
        for (const wake of this.waiting) wake();
      },
      batchSize,
      checkpointMilliseconds,
      pollMilliseconds,
    };
  }
}

function summaryOf({ size, signedAt, cosignatures, timestamp }: CheckpointEntry): TreeStanding['newest'] & object {
  return { size, signedAt, cosignatures: cosignatures.length, isTimestamped: timestamp !== undefined };
}
