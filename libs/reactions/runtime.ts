import { randomUUID } from 'node:crypto';
import { type EventStore, headsOf } from '@ardoise/event-store';
import { Bell, type KnownElsewhere, LaneKeeper, type LeaseEntry, LeaseTable, type Log } from '@ardoise/lanes';
import type { EventOpener } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { type Dismissal, type ReactionCheckpoint, ReactionCheckpoints } from './checkpoints';
import type { ReactionLaneParts } from './handling';
import { ReactionMetrics } from './metrics';
import { type ParkedEvent, ParkedEvents } from './parked-events';
import { type Reaction, ReactionSetupError } from './reaction';
import { ReactionLane } from './reaction-lane';

export interface ReactionRuntimeOptions {
  readonly store: EventStore;
  readonly opener: EventOpener;
  /** Whether a reaction may run for an organisation; asked at each look. Default: all may. */
  readonly runs?: (organisation: string, reaction: Reaction) => boolean;
  /** Sessions of the role ardoise_read. */
  readonly pool: Pool;
  readonly reactions: readonly Reaction[];
  /** Whether another process that lives can read a version of an event: it is left the lanes that stand at one. */
  readonly knownElsewhere?: KnownElsewhere;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  /** Names this worker in leases; default a random one. */
  readonly owner?: string;
  /** How long a lane stays with a worker that says nothing; default 10,000. */
  readonly leaseMilliseconds?: number;
  /** Most events between two checkpoints; default 200. */
  readonly batchSize?: number;
  /** How often lanes look for what other processes have changed; default 1,000. */
  readonly pollMilliseconds?: number;
  /** Pauses after failures, in milliseconds; the last one repeats. */
  readonly delays?: readonly number[];
  /** Tries of a handler before its event is parked; default 8. */
  readonly tries?: number;
  /** Most parked events of a reaction and organisation; with one more it stops, for it is not one stream that is wrong. Default 100. */
  readonly mostParked?: number;
}

/** How far a reaction is, and what it has left aside. */
export type ReactionStanding = ReactionCheckpoint & { readonly parked: readonly ParkedEvent[] };

export interface ReactionStatus {
  readonly reactions: readonly (ReactionStanding & { readonly head: bigint })[];
  readonly lanes: readonly LeaseEntry[];
}

/** Runs durable steps of processes, one lane per organisation and reaction. Several workers may run on one database. */
export class ReactionRuntime {
  private readonly leases: LeaseTable;
  private readonly checkpoints: ReactionCheckpoints;
  private readonly parked: ParkedEvents;
  private readonly keeper: LaneKeeper;
  private readonly bells = new Set<Bell>();

  /** @throws ReactionSetupError */
  constructor(private readonly options: ReactionRuntimeOptions) {
    const { pool, clock, owner = randomUUID(), leaseMilliseconds = 10_000, reactions } = options;
    const names = reactions.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new ReactionSetupError(`two reactions are named "${twice}"`);
    this.leases = new LeaseTable(pool, 'reactions.lanes', clock, owner, leaseMilliseconds);
    this.checkpoints = new ReactionCheckpoints(pool);
    this.parked = new ParkedEvents(pool, this.leases);
    this.keeper = this.laneKeeper();
  }

  async start(): Promise<void> {
    this.keeper.start();
  }

  /** Ends after the handlers under way; other workers can take the lanes at once. */
  async stop(): Promise<void> {
    await this.keeper.stop();
  }

  /**
   * Lets reactions try again what they stopped at or gave up: of one organisation or all, of one reaction or all, one event
   * or all. Gives how many events.
   */
  async restart(organisation?: string, reaction?: string, event?: string): Promise<number> {
    const parked = await this.parked.restart(organisation, reaction, event);
    const restarted = await this.checkpoints.restart(organisation, reaction, event);
    for (const bell of this.bells) bell.ring();
    return parked + restarted;
  }

  /** Of an organisation, how far each reaction is, and its dead letters: the events that it gave up or stands still at. */
  async of(organisation?: string): Promise<ReactionStanding[]> {
    const checkpoints = await this.checkpoints.list(organisation);
    // Read after: what was parked meanwhile is behind the checkpoint that was read.
    const parked = await this.parked.list(organisation);
    return checkpoints.map((one) => ({
      ...one,
      parked: parked.filter(({ organisation: of, reaction }) => of === one.organisation && reaction === one.reaction),
    }));
  }

  /**
   * Lets an event go that a reaction gave up or stands still at: what should have followed from it does not, which is kept
   * on record, and its stream goes on behind it. False where that is no such event.
   */
  async dismiss(organisation: string, reaction: string, event: string): Promise<boolean> {
    const now = this.options.clock.now();
    const dismissed =
      (await this.checkpoints.dismiss(organisation, reaction, event, now)) ||
      (await this.parked.dismiss(organisation, reaction, event, now));
    if (dismissed)
      this.options.log.warn({ organisation, reaction, event }, 'a dead letter of a reaction was dismissed');
    for (const bell of this.bells) bell.ring();
    return dismissed;
  }

  /** What was let go, the latest first. */
  dismissals(organisation: string): Promise<Dismissal[]> {
    return this.checkpoints.dismissals(organisation);
  }

  /** Looks for lanes now. */
  lookNow(): void {
    this.keeper.lookNow();
  }

  /** Puts an organisation's reactions back to a position that they are beyond: the log behind them is another one. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.checkpoints.setBack(organisation, to);
  }

  /**
   * The position that every reaction of this runtime, or every one that wants a type, has passed, running or stopped. What
   * is parked is not passed.
   */
  async passed(organisation: string, type?: string): Promise<bigint> {
    const standings = await this.of(organisation);
    const asked = this.options.reactions.filter(({ on }) => type === undefined || Object.hasOwn(on, type));
    if (asked.length === 0) return this.options.store.head(organisation);
    const positions = asked.map(({ name }) => {
      const found = standings.find(({ reaction }) => reaction === name);
      const [first] = found?.parked ?? [];
      return first && found && first.position <= found.position ? first.position - 1n : (found?.position ?? 0n);
    });
    return positions.reduce((least, position) => (position < least ? position : least), positions[0] ?? 0n);
  }

  async status(): Promise<ReactionStatus> {
    const checkpoints = await this.of();
    const heads = await headsOf(
      this.options.store,
      checkpoints.map(({ organisation }) => organisation),
    );
    const reactions = checkpoints.map((one) => ({ ...one, head: heads.get(one.organisation) ?? 0n }));
    return { reactions, lanes: await this.leases.list() };
  }

  private laneKeeper(): LaneKeeper {
    const { store, reactions, metrics, log, runs = () => true } = this.options;
    const { batchSize = 200, pollMilliseconds = 1000, delays = [100, 500, 2000, 5000], tries = 8 } = this.options;
    const { mostParked = 100 } = this.options;
    const own = {
      checkpoints: this.checkpoints,
      parked: this.parked,
      metrics: new ReactionMetrics(metrics),
      mostParked,
    };
    const parts: ReactionLaneParts = { ...this.options, ...own, batchSize, pollMilliseconds, delays, tries };
    return new LaneKeeper({
      leases: this.leases,
      lanes: async () =>
        (await store.organisations()).flatMap((organisation) =>
          reactions
            .filter((reaction) => runs(organisation, reaction))
            .map(({ name }) => ({ organisation, purpose: name })),
        ),
      run: (lease, signal) => {
        const reaction = reactions.find(({ name }) => name === lease.purpose) as Reaction;
        const bell = new Bell();
        this.bells.add(bell);
        return new ReactionLane(parts, reaction, lease, bell).run(signal).finally(() => this.bells.delete(bell));
      },
      lookMilliseconds: pollMilliseconds,
      delays,
      log,
    });
  }
}
