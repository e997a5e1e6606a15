import type { EventStore } from '@ardoise/event-store';
import {
  Bell,
  errorCode,
  type KnownElsewhere,
  LaneHandedOverError,
  type Lease,
  type Log,
  LogFeed,
} from '@ardoise/lanes';
import type { EventOpener } from '@ardoise/sealing';
import type { Pool } from 'pg';
import { type Applied, type Registered, wantedTypes } from './apply-batch';
import {
  CheckpointMovedError,
  createCheckpoints,
  readCheckpoints,
  restartCheckpoints,
  type StopReason,
} from './checkpoints';
import type { BatchCommitter, BatchTarget } from './commit-batch';
import type { ProjectionMetrics } from './metrics';
import { openBatch, type OpenedBatch } from './open-batch';
import { pipeline } from './pipeline';
import type { Progress } from './progress';

/** What all lanes of a runtime share. */
export interface LaneParts {
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly pool: Pool;
  readonly committer: BatchCommitter;
  readonly live: BatchTarget;
  readonly registered: readonly Registered[];
  readonly progress: Progress;
  readonly metrics: ProjectionMetrics;
  readonly log: Log;
  /** Whether another process that lives can read a version of an event. */
  readonly knownElsewhere?: KnownElsewhere;
  readonly batchSize: number;
  /** How often a lane looks at its checkpoints anew: for restarts and switches that another process has made. */
  readonly pollMilliseconds: number;
}

/** Projections that stand at one position and go on together. */
interface Group {
  readonly after: bigint;
  readonly projections: readonly Registered[];
}

/** The live projections of one organisation, under one lease. */
export class ProjectionLane {
  private readonly organisation: string;

  constructor(
    private readonly parts: LaneParts,
    private readonly lease: Lease,
    private readonly bell: Bell,
  ) {
    this.organisation = lease.organisation;
  }

  /** @throws LeaseLostError, LaneHandedOverError, and whatever keeps store, vault or database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, pool, registered, batchSize } = this.parts;
    const all = registered.map(({ projection }) => projection);
    await createCheckpoints(pool, [this.organisation], all, 'live');
    const feed = new LogFeed(store, this.organisation, batchSize);
    try {
      while (!signal.aborted) {
        try {
          await this.round(feed, signal);
        } catch (error) {
          // A rebuild has switched, or somebody has restarted a projection: look again.
          if (!(error instanceof CheckpointMovedError)) throw error;
        }
      }
    } finally {
      await feed.close();
    }
  }

  private async round(feed: LogFeed, signal: AbortSignal): Promise<void> {
    this.bell.take();
    const groups = await this.groups();
    const [first, ...others] = groups;
    if (!first) return this.bell.wait(this.parts.pollMilliseconds, signal);
    if (others.length === 0) return this.follow(first, feed, signal);
    // Who is behind goes on beside the others, a batch each in turn, until they stand together.
    for (const [index, group] of groups.entries()) {
      if (!signal.aborted) await this.catchUp(group, groups[index - 1]?.after);
    }
  }

  /** Running projections by position, the foremost first; those of another version wait for a rebuild. */
  private async groups(): Promise<Group[]> {
    const { pool, store, registered, metrics } = this.parts;
    const checkpoints = await readCheckpoints(pool, { organisation: this.organisation, generation: 'live' });
    const head = await store.head(this.organisation);
    const byPosition = new Map<bigint, Registered[]>();
    for (const one of registered) {
      const checkpoint = checkpoints.find(({ projection }) => projection === one.projection.name);
      if (!checkpoint) continue;
      const stopped = checkpoint.stopped && !(await this.goesOn(one, checkpoint.stopped));
      const runs = !stopped && checkpoint.version === one.projection.version;
      metrics.standing(checkpoint, head, !runs);
      if (runs) byPosition.set(checkpoint.position, [...(byPosition.get(checkpoint.position) ?? []), one]);
    }
    const groups = [...byPosition].map(([after, projections]) => ({ after, projections }));
    return groups.sort((one, other) => (one.after > other.after ? -1 : 1));
  }

  /**
   * After an upgrade: what another program stopped at may be known here. @throws LaneHandedOverError where it is known to
   * another program that works, and not here
   */
  private async goesOn({ projection: { name } }: Registered, { code, type, schema }: StopReason): Promise<boolean> {
    const { opener, pool, log, knownElsewhere } = this.parts;
    if (code !== 'event-type-unknown' || type === undefined) return false;
    if (!opener.knows(type, schema ?? 0)) {
      if (await knownElsewhere?.({ type, schema: schema ?? 0 })) throw new LaneHandedOverError(type, schema ?? 0);
      return false;
    }
    await restartCheckpoints(pool, this.organisation, name);
    const at = { organisation: this.organisation, projection: name, type, schema };
    log.info(at, 'projection goes on: the version is known now');
    return true;
  }

  /** All stand together: along the log as it grows, until something asks for another look. */
  private async follow(group: Group, feed: LogFeed, signal: AbortSignal): Promise<void> {
    const wanted = wantedTypes(group.projections);
    const until = performance.now() + this.parts.pollMilliseconds;
    const read = async (after: bigint): Promise<OpenedBatch | undefined> => {
      const left = until - performance.now();
      if (signal.aborted || this.bell.isRung || left <= 0) return undefined;
      const stored = await feed.next(after, this.bell.wait(left, signal)).finally(() => this.bell.release());
      if (!stored || stored.length === 0) return undefined;
      return openBatch(this.parts.opener, { organisation: this.organisation, after, stored }, wanted);
    };
    await pipeline(group.after, read, (batch) => this.commit(group, batch));
  }

  private async catchUp(group: Group, upTo: bigint | undefined): Promise<void> {
    const { store, opener, batchSize } = this.parts;
    const log = await store.readLog(this.organisation, group.after, batchSize);
    const stored = upTo === undefined ? log : log.filter(({ position }) => position <= upTo);
    if (stored.length === 0) return;
    const wanted = wantedTypes(group.projections);
    await this.commit(
      group,
      await openBatch(opener, { organisation: this.organisation, after: group.after, stored }, wanted),
    );
  }

  /** Whether the group goes on together. */
  private async commit({ projections }: Group, batch: OpenedBatch): Promise<boolean> {
    const { committer, live, metrics, progress } = this.parts;
    const applied = await committer.commit(this.lease, live, projections, batch);
    metrics.committed(this.organisation, applied);
    this.report(applied);
    progress.moved(this.organisation);
    return applied.every(({ advance }) => !advance.stopped);
  }

  private report(applied: readonly Applied[]): void {
    for (const { advance } of applied) {
      if (!advance.stopped) continue;
      const { projection, stopped } = advance;
      const at = { organisation: this.organisation, projection, ...stopped, code: errorCode(stopped) };
      this.parts.log.error(at, 'projection stopped at an event');
    }
  }
}
