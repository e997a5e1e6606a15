import { randomUUID } from 'node:crypto';
import { type EventStore, headsOf } from '@ardoise/event-store';
import { Bell, type KnownElsewhere, LaneKeeper, type LeaseEntry, LeaseTable, type Log } from '@ardoise/lanes';
import type { EventOpener } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { Registered } from './apply-batch';
import { type Checkpoint, type Generation, readCheckpoints, restartCheckpoints } from './checkpoints';
import { BatchCommitter } from './commit-batch';
import { digestRows } from './digest';
import { ProjectionMetrics } from './metrics';
import { Progress, type WaitOptions } from './progress';
import { type EntityClass, type Projection, ProjectionSetupError } from './projection';
import { type LaneParts, ProjectionLane } from './projection-lane';
import { ReadTable } from './read-table';
import { Rebuild, type RebuildOptions, type RebuildResult, RebuildUnderWayError } from './rebuild';
import { discardShadows } from './rebuild-shadows';
import { SettingBack } from './setting-back';
import { tablesWithStatistics } from './statistics';

export interface ProjectionRuntimeOptions {
  readonly store: EventStore;
  readonly opener: EventOpener;
  /** Sessions of the role ardoise_read. */
  readonly pool: Pool;
  /** Initialised; gives the entities' columns, runs nothing. */
  readonly dataSource: DataSource;
  readonly projections: readonly Projection[];
  /** Whether another process that lives can read a version of an event: it is left the lanes that stand at one. */
  readonly knownElsewhere?: KnownElsewhere;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly log: Log;
  /** Names this worker in leases; default a random one. */
  readonly owner?: string;
  /** How long a lane stays with a worker that says nothing; default 10,000. */
  readonly leaseMilliseconds?: number;
  /** Most events in one live transaction; default 1,000. */
  readonly batchSize?: number;
  /** How often lanes look for what other processes have changed; default 1,000. */
  readonly pollMilliseconds?: number;
  /** Pauses after failures of database, store or vault, in milliseconds; the last one repeats. */
  readonly delays?: readonly number[];
  /** Whether an organisation's lanes may run; asked at each look. Default: all may. */
  readonly runs?: (organisation: string) => boolean;
}

export interface ProjectionStatus extends Checkpoint {
  readonly state: 'running' | 'stopped' | 'outdated';
  /** Last position of the organisation's log. */
  readonly head: bigint;
}

/** Rebuilt tables that nothing was switched to yet. Ends of keys wait until they have passed them, or are gone. */
export interface RebuildStanding {
  /** False of one that was interrupted, or that came out another way. */
  readonly underWay: boolean;
  readonly projections: readonly string[];
  /** How far it is behind the log, of all organisations together, in positions. */
  readonly behind: bigint;
}

export interface RuntimeStatus {
  readonly projections: readonly ProjectionStatus[];
  readonly rebuild?: RebuildStanding;
  readonly lanes: readonly LeaseEntry[];
}

/** Builds read models from the log, live and beside (invariants 7 and 10). Several workers may run on one database. */
export class ProjectionRuntime {
  private readonly registered: readonly Registered[];
  private readonly tables: readonly ReadTable[];
  private readonly leases: LeaseTable;
  private readonly committer: BatchCommitter;
  private readonly progress: Progress;
  private readonly keeper: LaneKeeper;
  private readonly bells = new Map<string, Bell>();
  private rebuilding = false;

  /** @throws ProjectionSetupError */
  constructor(private readonly options: ProjectionRuntimeOptions) {
    const { pool, clock, owner = randomUUID(), leaseMilliseconds = 10_000 } = options;
    this.registered = register(options);
    this.tables = this.registered.flatMap(({ tables }) => [...tables.values()]);
    this.leases = new LeaseTable(pool, 'read.lanes', clock, owner, leaseMilliseconds);
    this.committer = new BatchCommitter(pool, this.leases);
    this.progress = new Progress((organisation) => this.standing(organisation));
    this.keeper = this.laneKeeper(new ProjectionMetrics(options.metrics));
  }

  /** Takes up lanes; also when the database is away, as soon as it is there. */
  async start(): Promise<void> {
    const { pool, log } = this.options;
    const kept = await tablesWithStatistics(pool, this.tables).catch(() => []);
    for (const table of kept) log.error({ code: 'statistics-not-off', table }, 'PostgreSQL keeps values of this table');
    this.keeper.start();
  }

  /** Ends after the batches under way; other workers can take the lanes at once. */
  async stop(): Promise<void> {
    await this.keeper.stop();
  }

  /** Deletes the rows of units from every live read model at once, and keeps any batch from bringing them back. */
  async forget(organisation: string, units: readonly string[]): Promise<void> {
    await new SettingBack(this.options.pool, this.tables).forget(organisation, units);
  }

  /** Empties an organisation's live read models, which its lane then builds anew from the first event. */
  async reset(organisation: string): Promise<void> {
    await new SettingBack(this.options.pool, this.tables).reset(organisation);
    this.ringAll();
  }

  /** Lets stopped projections try again, of one organisation or all, one projection or all. */
  async restart(organisation?: string, projection?: string): Promise<number> {
    const restarted = await restartCheckpoints(this.options.pool, organisation, projection);
    this.ringAll();
    return restarted;
  }

  /** Builds read models anew beside the live ones, then switches. @throws RebuildUnderWayError */
  async rebuild(options: RebuildOptions = {}): Promise<RebuildResult> {
    const { projections: names } = options;
    const unknown = names?.find((name) => !this.registered.some(({ projection }) => projection.name === name));
    if (unknown !== undefined) throw new ProjectionSetupError(`there is no projection named "${unknown}"`);
    const selected = this.registered.filter(({ projection }) => !names || names.includes(projection.name));
    const { committer, leases } = this;
    // A lease is no bar to its own owner.
    if (this.rebuilding) throw new RebuildUnderWayError('the rebuild is under way');
    this.rebuilding = true;
    try {
      return await new Rebuild({ ...this.options, committer, leases }, selected, options).run();
    } finally {
      this.rebuilding = false;
      this.ringAll();
    }
  }

  /** Gives an interrupted rebuild up, so that erasures no longer wait for it. @throws RebuildUnderWayError */
  async abandonRebuild(): Promise<void> {
    const lease = this.rebuilding ? undefined : await this.leases.take('*', 'rebuild');
    if (!lease) throw new RebuildUnderWayError('the rebuild is under way');
    try {
      await discardShadows({ pool: this.options.pool, leases: this.leases }, lease);
    } finally {
      await this.leases.release(lease);
    }
  }

  /** SHA-256 over all rows of an organisation: equal for equal content. */
  digest(organisation: string, generation: Generation = 'live'): Promise<string> {
    return digestRows(this.options.pool, this.tables, organisation, generation);
  }

  /** The position that every live projection, running or stopped, and every shadow under way has passed. */
  async passed(organisation: string): Promise<bigint> {
    const shadows = await readCheckpoints(this.options.pool, { organisation, generation: 'shadow' });
    const positions = [...(await this.standing(organisation)), ...shadows].map(({ position }) => position);
    return positions.reduce((least, position) => (position < least ? position : least), positions[0] ?? 0n);
  }

  /** The furthest position that any live projection has passed; beyond the log's end when that was set back. */
  async furthest(organisation: string): Promise<bigint> {
    const found = await readCheckpoints(this.options.pool, { organisation, generation: 'live' });
    return found.reduce((most, { position }) => (position > most ? position : most), 0n);
  }

  /** Resolves when every live projection has passed the position. @throws ProjectionStoppedError, WaitTimeoutError */
  async waitFor(organisation: string, position: bigint, options: WaitOptions = {}): Promise<void> {
    if (!this.bells.has(organisation)) this.keeper.lookNow();
    await this.progress.waitFor(organisation, position, options);
  }

  async status(): Promise<RuntimeStatus> {
    const all = await readCheckpoints(this.options.pool);
    const checkpoints = all.filter(({ generation }) => generation === 'live');
    const heads = await headsOf(
      this.options.store,
      all.map(({ organisation }) => organisation),
    );
    const projections = checkpoints.map((checkpoint) => {
      const known = this.registered.find(({ projection }) => projection.name === checkpoint.projection);
      const outdated = known !== undefined && known.projection.version !== checkpoint.version;
      const state: ProjectionStatus['state'] = checkpoint.stopped ? 'stopped' : outdated ? 'outdated' : 'running';
      return { ...checkpoint, state, head: heads.get(checkpoint.organisation) ?? 0n };
    });
    const lanes = await this.leases.list();
    const shadows = all.filter(({ generation }) => generation === 'shadow');
    return {
      projections,
      lanes,
      ...(shadows.length > 0 ? { rebuild: rebuildOf(shadows, heads, this.runs('rebuild', lanes)) } : {}),
    };
  }

  private runs(what: string, lanes: readonly LeaseEntry[]): boolean {
    const now = this.options.clock.now();
    return lanes.some(({ purpose, leasedUntil }) => purpose === what && leasedUntil > now);
  }

  /** Live checkpoints of the registered projections; one that has none yet stands before the first event. */
  private async standing(organisation: string): Promise<Checkpoint[]> {
    const found = await readCheckpoints(this.options.pool, { organisation, generation: 'live' });
    return this.registered.map(({ projection: { name, version } }) => {
      const none: Checkpoint = { organisation, projection: name, generation: 'live', version, position: 0n };
      return found.find(({ projection }) => projection === name) ?? none;
    });
  }

  /** Looks for lanes and at their checkpoints now. */
  lookNow(): void {
    this.ringAll();
  }

  private ringAll(): void {
    for (const bell of this.bells.values()) bell.ring();
    this.keeper.lookNow();
  }

  private laneKeeper(metrics: ProjectionMetrics): LaneKeeper {
    const { store, log, batchSize = 1000, pollMilliseconds = 1000, delays = [100, 500, 2000, 5000] } = this.options;
    const { committer, registered, progress } = this;
    const { runs = () => true } = this.options;
    const live = { generation: 'live' as const, tables: this.tables };
    const own = { committer, registered, progress, live, metrics, batchSize, pollMilliseconds };
    const parts: LaneParts = { ...this.options, ...own };
    return new LaneKeeper({
      leases: this.leases,
      lanes: async () =>
        (await store.organisations()).filter(runs).map((organisation) => ({ organisation, purpose: 'projections' })),
      run: (lease, signal) => {
        const bell = new Bell();
        this.bells.set(lease.organisation, bell);
        const ended = () => this.bells.delete(lease.organisation);
        return new ProjectionLane(parts, lease, bell).run(signal).finally(ended);
      },
      lookMilliseconds: pollMilliseconds,
      delays,
      log,
    });
  }
}

function rebuildOf(
  shadows: readonly Checkpoint[],
  heads: ReadonlyMap<string, bigint>,
  underWay: boolean,
): RebuildStanding {
  const positions = new Map(shadows.map(({ organisation, position }) => [organisation, position]));
  const behind = [...positions].map(([organisation, at]) => (heads.get(organisation) ?? at) - at);
  return {
    underWay,
    projections: [...new Set(shadows.map(({ projection }) => projection))],
    behind: behind.reduce((sum, one) => sum + one, 0n),
  };
}

/** @throws ProjectionSetupError when two projections bear one name or write one table. */
function register({ dataSource, projections }: ProjectionRuntimeOptions): Registered[] {
  const taken = new Set<string>();
  const take = (what: string) => {
    if (taken.has(what)) throw new ProjectionSetupError(`two projections have the ${what}`);
    taken.add(what);
  };
  return projections.map((projection) => {
    take(`name ${projection.name}`);
    const tables = new Map<EntityClass, ReadTable>();
    for (const entity of projection.tables) {
      const table = ReadTable.of(dataSource, entity);
      take(`table ${table.name}`);
      tables.set(entity, table);
    }
    return { projection, tables };
  });
}
