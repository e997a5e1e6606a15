import { LaneHandedOverError, type Lease, LeaseLostError, type LeaseTable } from './lease';
import { errorCode, type Log } from './log';
import { Bell, delayOf, pause } from './pause';

export interface LaneName {
  readonly organisation: string;
  readonly purpose: string;
}

/** Whether another process that lives can read a version of an event. */
export type KnownElsewhere = (version: { readonly type: string; readonly schema: number }) => Promise<boolean>;

export interface LaneKeeperOptions {
  readonly leases: LeaseTable;
  /** The lanes that there are; asked again at each look. */
  readonly lanes: () => Promise<readonly LaneName[]>;
  /** Runs a lane until the signal fires. What it rejects with is logged, and it is run again after a pause. */
  readonly run: (lease: Lease, signal: AbortSignal) => Promise<void>;
  /** How often lanes are looked for that nobody has, in milliseconds. */
  readonly lookMilliseconds: number;
  /** Pauses after failures, in milliseconds. */
  readonly delays: readonly number[];
  readonly log: Log;
}

/** For so many times of a lease a lane that was handed over is left to others; then it is taken where it is free. */
const leasesLeft = 3;

/**
 * Holds as many lanes as it can get, renews their leases, and stops a lane whose lease is lost. Runs lanes of one
 * worker side by side; workers share the lanes by who comes first.
 */
export class LaneKeeper {
  private readonly held = new Map<string, { readonly ended: Promise<void>; readonly end: AbortController }>();
  /** Until when, on the monotonic clock, each lane is left to others. */
  private readonly leftUntil = new Map<string, number>();
  private readonly bell = new Bell();
  private controller: AbortController | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly options: LaneKeeperOptions) {}

  start(): void {
    if (this.controller) return;
    this.controller = new AbortController();
    this.looking = this.look(this.controller.signal);
  }

  /** Ends all lanes and gives their leases back. */
  async stop(): Promise<void> {
    this.controller?.abort();
    await this.looking;
    await Promise.all([...this.held.values()].map(({ ended }) => ended));
    this.controller = undefined;
  }

  /** Looks for lanes now. */
  lookNow(): void {
    this.bell.ring();
  }

  private async look(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const lanes = await this.options.lanes();
        this.endOthers(lanes);
        for (const lane of lanes) if (!signal.aborted) await this.takeUp(lane, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.options.log.warn({ code: errorCode(error) }, 'lanes cannot be looked for; trying again');
      }
      const { delays, lookMilliseconds } = this.options;
      await this.bell.wait(failures > 0 ? delayOf(delays, failures) : lookMilliseconds, signal);
      this.bell.take();
    }
  }

  /** A lane that is there no more, or must not run now, ends after its batch. */
  private endOthers(lanes: readonly LaneName[]): void {
    const names = new Set(lanes.map(nameOf));
    for (const [name, { end }] of this.held) if (!names.has(name)) end.abort();
  }

  private async takeUp(lane: LaneName, signal: AbortSignal): Promise<void> {
    const name = nameOf(lane);
    if (this.held.has(name) || performance.now() < (this.leftUntil.get(name) ?? 0)) return;
    const lease = await this.options.leases.take(lane.organisation, lane.purpose);
    if (!lease) return;
    const { organisation, purpose, fence } = lease;
    this.options.log.info({ organisation, purpose, fence }, 'lane taken');
    const end = new AbortController();
    const held = this.hold(lease, AbortSignal.any([signal, end.signal]));
    this.held.set(name, { ended: held.finally(() => this.held.delete(name)), end });
  }

  private async hold(lease: Lease, stopped: AbortSignal): Promise<void> {
    const own = new AbortController();
    const signal = AbortSignal.any([stopped, own.signal]);
    const renewing = this.keepRenewing(lease, own, signal);
    let failures = 0;
    while (!signal.aborted) {
      const begun = Date.now();
      try {
        await this.options.run(lease, signal);
      } catch (error) {
        if (error instanceof LeaseLostError) {
          this.warn(lease, error.code, 'lane was taken over by another worker');
          own.abort();
        } else if (error instanceof LaneHandedOverError) {
          this.leave(lease, error);
          own.abort();
        } else if (!signal.aborted) {
          // A lane that ran well for a while and then failed begins its pauses afresh.
          failures = Date.now() - begun > 60_000 ? 1 : failures + 1;
          this.warn(lease, errorCode(error), 'lane failed; going on after a pause');
          await pause(delayOf(this.options.delays, failures), signal);
        }
      }
    }
    await renewing;
    // Of one that was taken over nothing is given back: the fence is another.
    await this.options.leases.release(lease).catch(() => undefined);
  }

  private leave(lease: Lease, { code, type, schema }: LaneHandedOverError): void {
    const { leases, log } = this.options;
    this.leftUntil.set(nameOf(lease), performance.now() + leasesLeft * leases.leaseMilliseconds);
    const { organisation, purpose } = lease;
    log.warn({ organisation, purpose, code, type, schema }, 'lane is left to a worker that knows this version');
  }

  private async keepRenewing(lease: Lease, own: AbortController, signal: AbortSignal): Promise<void> {
    const { leases } = this.options;
    while (!signal.aborted) {
      await pause(leases.leaseMilliseconds / 3, signal);
      if (signal.aborted) return;
      try {
        if (await leases.renew(lease)) continue;
        this.warn(lease, 'lease-lost', 'lane was taken over by another worker');
        own.abort();
      } catch (error) {
        this.warn(lease, errorCode(error), 'lease could not be renewed; trying again');
      }
    }
  }

  private warn(lease: Lease, code: string, message: string): void {
    this.options.log.warn({ organisation: lease.organisation, purpose: lease.purpose, code }, message);
  }
}

function nameOf({ organisation, purpose }: LaneName): string {
  return `${organisation}/${purpose}`;
}
