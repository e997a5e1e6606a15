import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { silentSteps, type Steps } from '@ardoise/steps';
import { type Clock, SystemClock } from '@ardoise/time';
import { VaultDatabase } from '../database';
import { GroupKeys } from '../groups';
import type { KeyEncryption } from '../key-encryption/key-encryption';
import { Lease, LeaseCache } from '../lease';
import { type GroupReference, VaultError, type VaultErrorCode } from '../vault';
import { EpochEnding } from './ending';
import { EpochGroups } from './epoch-groups';
import { registerKeks, retireAllBut } from './keks';
import { RotationLock } from './lock';
import { type RotationEntry, Rotations } from './rotations';
import { Rewrapping } from './rewrapping';
import { type EpochStatus, epochStatus } from './status';
import { Verifying } from './verifying';

/** Every durable step of a rotation, in order. */
export const rotationSteps = [
  'rotation/begun',
  'rotation/key-made',
  'rotation/groups-made',
  'rotation/secrets-rewrapped',
  'rotation/batch-rewrapped',
  'rotation/rewrapped',
  'rotation/verified',
  'rotation/recorded',
  'rotation/waiting',
  'rotation/ending-recorded',
  'rotation/groups-destroyed',
  'rotation/key-destroyed',
  'rotation/done',
] as const;

export type RotationStep = (typeof rotationSteps)[number];

/** What the organisation's log is told, before it becomes true of what it says ends. Repeated, it gives what it gave. */
export interface RotationLog {
  rotated(rotation: RotationEntry, previousEndsAt: Date): Promise<void>;
  /** Each event that names groups as ended, with the groups that it names. */
  ended(
    rotation: RotationEntry,
    groups: readonly GroupReference[],
  ): Promise<readonly { readonly event: string; readonly groups: readonly GroupReference[] }[]>;
}

export interface RotationOptions {
  /** Connections under the role `ardoise_vault`; stays the caller's to end. */
  readonly pool: Pool;
  readonly keyEncryption: KeyEncryption;
  readonly log: RotationLog;
  readonly clock?: Clock;
  readonly steps?: Steps;
  /** Whether an organisation is to be left as it is for now, asked at each look; default none. What was begun goes on later. */
  readonly leaves?: (organisation: string) => boolean;
  /** Units in one transaction; default 5,000. */
  readonly batch?: number;
}

export interface RotationProgress {
  readonly organisation: string;
  readonly epoch: number;
  readonly phase: 'rewrapping' | 'verifying';
  /** Units done in this phase. */
  readonly done: number;
}

export interface RotationRun {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RotationProgress) => void;
  /** Whether to wait for another process that rotates; default true. */
  readonly wait?: boolean;
}

export interface RotationRequest extends RotationRun {
  /** How long the keys of the epoch before are kept after the rewrap: so old may a backup be that is still of use. */
  readonly horizonMilliseconds: number;
  /** Default: all that live. */
  readonly organisations?: readonly string[];
}

const pauseMilliseconds = 20;

/**
 * A new epoch of keys: new key-encryption key, new group keys, all living unit keys rewrapped and verified; at the
 * horizon the old keys are destroyed. Writers and readers go on meanwhile. Every step may be repeated, and a process that
 * was killed anywhere is followed by one that goes on.
 */
export class Rotation {
  readonly entries: Rotations;
  private readonly database: VaultDatabase;
  private readonly clock: Clock;
  private readonly steps: Steps;
  private readonly groups: EpochGroups;
  private readonly rewrapping: Rewrapping;
  private readonly verifying: Verifying;
  private readonly ending: EpochEnding;

  constructor(private readonly options: RotationOptions) {
    const { pool, keyEncryption, clock = new SystemClock(), steps = silentSteps, batch = 5_000 } = options;
    const database = new VaultDatabase(pool);
    // No cache: what a rotation holds open it holds for one pass only.
    const groups = new GroupKeys(database, keyEncryption, clock, new LeaseCache(new Lease(0, clock), 0));
    this.database = database;
    this.clock = clock;
    this.steps = steps;
    this.entries = new Rotations(database);
    this.groups = new EpochGroups(database, groups, clock);
    this.rewrapping = new Rewrapping(database, groups, batch);
    this.verifying = new Verifying(database, groups, batch);
    this.ending = new EpochEnding(database, keyEncryption, clock);
  }

  /**
   * Begins a new epoch and brings it to where it waits for its horizon. Where rotations were begun before and not
   * finished, goes on with those instead; where another process began it while we waited, so too.
   * @throws VaultError when keys or database are away; what was begun goes on the next time.
   */
  async rotate(request: RotationRequest): Promise<void> {
    const { organisations, horizonMilliseconds } = request;
    const before = await this.entries.epochs();
    await this.alone(request, async () => {
      const underWay = (await this.entries.inStates(['rewrapping', 'verifying'])).filter((one) => !one.problem);
      const now = await this.entries.epochs();
      const wanted = [...before]
        .filter(([organisation]) => organisations === undefined || organisations.includes(organisation))
        .filter(([organisation]) => !this.leaves(organisation))
        .filter(([organisation, { epoch }]) => now.get(organisation)?.epoch === epoch)
        .map(([organisation, { epoch }]) => [organisation, epoch] as const);
      if (underWay.length === 0 && wanted.length > 0) {
        const current = await this.options.keyEncryption.current();
        await this.entries.begin(new Map(wanted), current, horizonMilliseconds, this.clock.now());
        await this.done('rotation/begun');
      }
      await this.goOn(request);
    });
  }

  /** Goes on with what was begun, and ends what is due. False when another process is at it. */
  async resume(run: RotationRun = {}): Promise<boolean> {
    return this.alone(run, () => this.goOn(run));
  }

  /** Where the keys of all living organisations stand. */
  status(): Promise<EpochStatus[]> {
    return epochStatus(this.database);
  }

  private leaves(organisation: string): boolean {
    return this.options.leaves?.(organisation) ?? false;
  }

  private async alone(run: RotationRun, action: () => Promise<void>): Promise<boolean> {
    const lock = await RotationLock.take(this.options.pool, run.wait ?? true, run.signal);
    if (lock === undefined) return false;
    try {
      await action();
      return true;
    } finally {
      await lock.release();
    }
  }

  private async goOn(run: RotationRun): Promise<void> {
    await this.makeKeys();
    for (const entry of await this.entries.inStates(['rewrapping', 'verifying'])) {
      if (run.signal?.aborted) return;
      if (this.leaves(entry.organisation)) continue;
      await this.advance(entry, run);
    }
    if (!run.signal?.aborted) await this.endDue();
  }

  /** One new key-encryption key for all rotations that leave the same one; made again it is the same. */
  private async makeKeys(): Promise<void> {
    const { keyEncryption } = this.options;
    const waiting = (await this.entries.inStates(['rewrapping'])).filter(({ kek }) => kek === undefined);
    for (const after of new Set(waiting.map(({ afterKek }) => afterKek))) {
      const kek = await keyEncryption.rotate(after);
      const now = this.clock.now();
      await this.database.transaction(async (statements) => {
        await registerKeks(statements, [after, kek], now);
        await retireAllBut(statements, kek, now);
      });
      await this.entries.setKek(after, kek);
      await this.done('rotation/key-made');
    }
  }

  /** What was tampered with stops the rotation of its organisation, in the open, and destroys nothing. */
  private async advance(entry: RotationEntry, run: RotationRun): Promise<void> {
    try {
      if (entry.state === 'rewrapping' && !(await this.rewrap(entry, run))) return;
      await this.verify(entry, run);
    } catch (error) {
      await this.stop(entry, error);
    }
  }

  /** Of an organisation alone; keys or database that are away are everybody's, and no reason to be kept. */
  private async stop(entry: RotationEntry, error: unknown): Promise<void> {
    if (!(error instanceof VaultError) || !concernsOne.has(error.code)) throw error;
    // No alarm: whose keys end with the organisation need no new epoch, and a quarantine is told by itself.
    if (error.code === 'organisation-quarantined') return;
    if (error.code === 'organisation-ended') return this.entries.setState(entry, 'done', this.clock.now());
    await this.entries.setProblem(entry, `${error.code}: ${error.message}`);
  }

  /** False when it was interrupted, or the organisation has ended. */
  private async rewrap(entry: RotationEntry, run: RotationRun): Promise<boolean> {
    if (!(await this.groups.makeOrganisation(entry))) {
      await this.entries.setState(entry, 'done', this.clock.now());
      return false;
    }
    await this.groups.makeDays(entry);
    await this.done('rotation/groups-made');
    await this.rewrapping.secrets(entry);
    await this.done('rotation/secrets-rewrapped');
    let done = 0;
    const onBatch = async (moved: number): Promise<void> => {
      done += moved;
      run.onProgress?.({ ...named(entry), phase: 'rewrapping', done });
      await this.done('rotation/batch-rewrapped');
    };
    for (;;) {
      await this.rewrapping.units(entry, onBatch, run.signal);
      if (run.signal?.aborted) return false;
      const retired = await this.ending.retired(entry);
      if ((await this.verifying.under(retired.map(({ group }) => group))) === 0) break;
      // What others held while we passed.
      await delay(pauseMilliseconds);
    }
    await this.entries.setState(entry, 'verifying', this.clock.now());
    await this.done('rotation/rewrapped');
    return true;
  }

  private async verify(entry: RotationEntry, run: RotationRun): Promise<void> {
    let done = 0;
    const onBatch = (verified: number): void => {
      done += verified;
      run.onProgress?.({ ...named(entry), phase: 'verifying', done });
    };
    const right = await this.verifying.verify(entry.organisation, onBatch, run.signal);
    if (run.signal?.aborted) return;
    if (!right) {
      await this.entries.setState(entry, 'rewrapping', this.clock.now());
      return this.advance({ ...entry, state: 'rewrapping' }, run);
    }
    const endsAt = await this.entries.setEnd(entry, this.clock.now());
    await this.done('rotation/verified');
    await this.options.log.rotated(entry, endsAt);
    await this.done('rotation/recorded');
    await this.entries.setState(entry, 'waiting', this.clock.now());
    await this.done('rotation/waiting');
  }

  private async endDue(): Promise<void> {
    const now = this.clock.now();
    const due = (await this.entries.inStates(['waiting'])).filter(
      ({ organisation, endsAt }) => endsAt !== undefined && endsAt <= now && !this.leaves(organisation),
    );
    const ended: RotationEntry[] = [];
    for (const entry of due) {
      try {
        if (await this.end(entry)) ended.push(entry);
      } catch (error) {
        await this.stop(entry, error);
      }
    }
    const refused = await this.ending.destroyKeks(() => this.done('rotation/key-destroyed'));
    for (const entry of ended) {
      const problem = refused.find(({ kek }) => kek === entry.afterKek)?.error;
      if (problem !== undefined) {
        await this.entries.setProblem(entry, `${problem.code}: ${problem.message}`);
        continue;
      }
      await this.entries.setState(entry, 'done', now);
      await this.done('rotation/done');
    }
  }

  /** Destroys the groups of the epoch before; first the log says so. False when something stands under them after all. */
  private async end(entry: RotationEntry): Promise<boolean> {
    const groups = await this.ending.retired(entry);
    if ((await this.verifying.under(groups.map(({ group }) => group))) > 0) {
      // Put there by another way than ours, such as a restored row.
      const underWay = await this.entries.inStates(['rewrapping', 'verifying']);
      if (!underWay.some(({ organisation }) => organisation === entry.organisation)) {
        await this.entries.setState(entry, 'rewrapping', this.clock.now());
      }
      return false;
    }
    if (groups.length === 0) return true;
    const events = await this.options.log.ended(entry, groups);
    await this.done('rotation/ending-recorded');
    for (const { event, groups: named } of events) await this.ending.destroyGroups(entry.organisation, event, named);
    await this.done('rotation/groups-destroyed');
    return true;
  }

  private async done(step: RotationStep): Promise<void> {
    await this.steps.done(step);
  }
}

function named({ organisation, epoch }: RotationEntry): { organisation: string; epoch: number } {
  return { organisation, epoch };
}

const concernsOne: ReadonlySet<string> = new Set<VaultErrorCode>([
  'key-tampered',
  'key-returned',
  'key-gone',
  'organisation-ended',
  'organisation-quarantined',
]);
