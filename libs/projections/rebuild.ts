import { type EventStore, headsOf } from '@ardoise/event-store';
import { type Lease, type LeaseTable, type Log, errorCode, pause } from '@ardoise/lanes';
import type { EventOpener } from '@ardoise/sealing';
import type { Pool } from 'pg';
import { type Applied, type Registered, wantedTypes } from './apply-batch';
import { createCheckpoints, readCheckpoints, type StopReason } from './checkpoints';
import type { BatchCommitter, BatchTarget } from './commit-batch';
import { openBatch, type OpenedBatch } from './open-batch';
import { pipeline } from './pipeline';
import { compareAll, comparablePositions } from './rebuild-comparing';
import type { Comparison } from './rebuild-compare';
import { discardShadows, prepareShadows } from './rebuild-shadows';
import { switchOver, SwitchRetryError } from './rebuild-switch';

export interface RebuildOptions {
  /** Most events in one transaction; default 4,000. */
  readonly batchSize?: number;
  /** Names; default all. */
  readonly projections?: readonly string[];
  /** Switches also to tables that came out another way than those of the same version that are shown. */
  readonly acceptDifferences?: boolean;
  readonly onProgress?: (progress: RebuildProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RebuildProgress {
  /**
   * How much of the logs is passed, of all organisations together, as a difference of positions: in the log's unit, of which
   * an event may take more than one. Begins where an interrupted rebuild ended.
   */
  readonly passed: number;
  /** In the same unit. */
  readonly total: number;
  /** Read by this call. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** At that speed; nothing before the first events. */
  readonly secondsLeft?: number;
  /** What is done now. */
  readonly phase: 'reading' | 'comparing' | 'switching';
}

export interface RebuildResult {
  /**
   * False when a projection stopped, then the shadows are dropped; or when tables came out another way, then they are
   * kept to be looked at, gone on with or abandoned. The live tables are untouched.
   */
  readonly switched: boolean;
  readonly comparison: Comparison;
  readonly stopped: readonly StoppedShadow[];
  /** Read by this call. */
  readonly events: number;
  readonly seconds: number;
}

/** Another rebuild is under way, in this process or another. */
export class RebuildUnderWayError extends Error {
  override readonly name = 'RebuildUnderWayError';
  readonly code = 'rebuild-under-way';
}

export interface RebuildParts {
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly pool: Pool;
  readonly leases: LeaseTable;
  readonly committer: BatchCommitter;
  readonly log: Log;
}

/** Where a shadow met an event that it cannot pass. */
export interface StoppedShadow extends StopReason {
  readonly organisation: string;
  readonly projection: string;
}

/** Raised inside to end a rebuild that has a stopped shadow. */
class ShadowStopped extends Error {
  override readonly name = 'ShadowStopped';

  constructor(readonly shadows: readonly StoppedShadow[]) {
    super('a shadow has stopped');
  }
}

/**
 * One rebuild: shadow tables are filled from the whole log while the live ones go on, then take their place in one
 * transaction (invariant 1). It has its own checkpoints, and goes on where it was when it is called again after a crash.
 */
export class Rebuild {
  private readonly shadow: BatchTarget;
  private readonly wanted: Set<string>;
  private readonly begun = performance.now();
  private events = 0;
  /** In positions, of which an event may take more than one. */
  private passedBefore = 0;
  private passedNow = 0;
  private total = 0;
  private phase: RebuildProgress['phase'] = 'reading';
  private comparison: Comparison = { alike: 0, differences: [], uncompared: [] };

  constructor(
    private readonly parts: RebuildParts,
    private readonly selected: readonly Registered[],
    private readonly options: RebuildOptions,
  ) {
    this.shadow = { generation: 'shadow', tables: selected.flatMap(({ tables }) => [...tables.values()]) };
    this.wanted = wantedTypes(selected);
  }

  /** @throws RebuildUnderWayError, LeaseLostError, the signal's reason; the shadows stay, to be gone on with. */
  async run(): Promise<RebuildResult> {
    const { leases } = this.parts;
    const lease = await leases.take('*', 'rebuild');
    if (!lease) throw new RebuildUnderWayError('another rebuild is under way');
    const own = new AbortController();
    const renewing = this.keepRenewing(lease, own);
    const signal = AbortSignal.any([own.signal, ...(this.options.signal ? [this.options.signal] : [])]);
    try {
      await prepareShadows(this.parts, lease, this.selected);
      return await this.fillAndSwitch(lease, signal);
    } finally {
      own.abort();
      await renewing;
      await leases.release(lease).catch(() => undefined);
    }
  }

  private async fillAndSwitch(lease: Lease, signal: AbortSignal): Promise<RebuildResult> {
    const batchSize = this.options.batchSize ?? 4000;
    try {
      // Until what came in meanwhile is little: the rest is read while the living tables stand still.
      const round = async () =>
        this.fill(lease, signal, batchSize, await comparablePositions(this.parts, this.selected));
      while ((await round()) >= batchSize);
      await this.compare(lease, signal, batchSize);
      if (this.comparison.differences.length > 0 && !this.options.acceptDifferences) return this.result(false, []);
      this.phase = 'switching';
      for (;;) {
        const read = await this.fill(lease, signal, batchSize);
        // What came in while the last round ran is little enough to be read under the lock.
        if (read < batchSize && (await this.trySwitch(lease, signal, batchSize))) break;
      }
      return this.result(true, []);
    } catch (error) {
      if (!(error instanceof ShadowStopped)) throw error;
      // What was built by code that fails must not be gone on with by mended code; nor hold up any erasure.
      await discardShadows(this.parts, lease);
      for (const { organisation, projection, ...reason } of error.shadows) {
        this.parts.log.error({ organisation, projection, ...reason }, 'rebuild stopped at an event; nothing switched');
      }
      return this.result(false, error.shadows);
    }
  }

  /** What came out is what is shown, where it is of the same version, at the same position. */
  private async compare(lease: Lease, signal: AbortSignal, batchSize: number): Promise<void> {
    this.phase = 'comparing';
    this.tell();
    this.comparison = await compareAll(this.parts, this.selected, signal, (organisation, from, upTo) =>
      this.fillOne(lease, organisation, from, signal, { batchSize, upTo }),
    );
  }

  /** One round over all organisations, to where the log ends or the positions given; gives how many events there were. */
  private async fill(
    lease: Lease,
    signal: AbortSignal,
    batchSize: number,
    upTo?: ReadonlyMap<string, bigint>,
  ): Promise<number> {
    const { store, pool } = this.parts;
    const organisations = await store.organisations();
    const projections = this.selected.map(({ projection }) => projection);
    await createCheckpoints(pool, organisations, projections, 'shadow');
    const shadows = await readCheckpoints(pool, { generation: 'shadow' });
    const positions = new Map(shadows.map(({ organisation, position }) => [organisation, position]));
    await this.count(positions);
    const before = this.events;
    for (const organisation of organisations) {
      // Only to where the log ends now: a log that grows as fast as it is read would hold the other organisations up.
      const end = upTo?.get(organisation) ?? (await store.head(organisation));
      const from = positions.get(organisation) ?? 0n;
      await this.fillOne(lease, organisation, from, signal, { batchSize, upTo: end });
    }
    return this.events - before;
  }

  private async fillOne(
    lease: Lease,
    organisation: string,
    from: bigint,
    signal: AbortSignal,
    { batchSize, upTo }: { readonly batchSize: number; readonly upTo: bigint },
  ): Promise<void> {
    const { store, opener, committer } = this.parts;
    const read = async (after: bigint): Promise<OpenedBatch | undefined> => {
      signal.throwIfAborted();
      if (after >= upTo) return undefined;
      const log = await store.readLog(organisation, after, batchSize);
      const stored = (log.at(-1)?.position ?? 0n) <= upTo ? log : log.filter(({ position }) => position <= upTo);
      if (stored.length === 0) return undefined;
      return openBatch(opener, { organisation, after, stored }, this.wanted);
    };
    await pipeline(from, read, async (batch) => {
      signal.throwIfAborted();
      checkRunning(organisation, await committer.commit(lease, this.shadow, this.selected, batch));
      this.events += batch.positions.length;
      this.passedNow += Number(batch.through - batch.after);
      this.tell();
      return true;
    });
  }

  private async trySwitch(lease: Lease, signal: AbortSignal, batchSize: number): Promise<boolean> {
    signal.throwIfAborted();
    try {
      const plan = { lease, shadow: this.shadow, selected: this.selected, wanted: this.wanted, batchSize };
      const { events, positions } = await switchOver(this.parts, plan, checkRunning);
      this.events += events;
      this.passedNow += positions;
      this.tell();
      return true;
    } catch (error) {
      if (!(error instanceof SwitchRetryError)) throw error;
      this.parts.log.warn({ code: errorCode(error) }, 'rebuilt tables could not be switched yet; trying again');
      await pause(100, signal);
      return false;
    }
  }

  private async count(positions: ReadonlyMap<string, bigint>): Promise<void> {
    const heads = await headsOf(this.parts.store, await this.parts.store.organisations());
    this.total = [...heads.values()].reduce((sum, head) => sum + Number(head), 0);
    if (this.events === 0) this.passedBefore = [...positions.values()].reduce((sum, at) => sum + Number(at), 0);
  }

  private tell(): void {
    const passed = this.passedBefore + this.passedNow;
    const eventsPerSecond = Math.round(this.events / this.seconds());
    const total = Math.max(this.total, passed);
    const left = this.passedNow > 0 ? { secondsLeft: ((total - passed) * this.seconds()) / this.passedNow } : {};
    const { events } = this;
    this.options.onProgress?.({ passed, total, events, eventsPerSecond, phase: this.phase, ...left });
  }

  private seconds(): number {
    return (performance.now() - this.begun) / 1000;
  }

  private result(switched: boolean, stopped: readonly StoppedShadow[]): RebuildResult {
    return { switched, stopped, comparison: this.comparison, events: this.events, seconds: this.seconds() };
  }

  private async keepRenewing(lease: Lease, own: AbortController): Promise<void> {
    const { leases } = this.parts;
    while (!own.signal.aborted) {
      await pause(leases.leaseMilliseconds / 3, own.signal);
      if (own.signal.aborted) return;
      // A renewal that fails is tried again; each batch is guarded by the fence whatever happens here.
      if (!(await leases.renew(lease).catch(() => true))) own.abort();
    }
  }
}

function checkRunning(organisation: string, applied: readonly Applied[]): void {
  const shadows = applied.flatMap(({ advance: { projection, stopped } }) =>
    stopped ? [{ organisation, projection, ...stopped }] : [],
  );
  if (shadows.length > 0) throw new ShadowStopped(shadows);
}
