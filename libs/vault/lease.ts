import { performance } from 'node:perf_hooks';
import type { Clock } from '@ardoise/time';

/** Milliseconds that only grow, from any start. */
export type Monotonic = () => number;

/** Both clocks at one moment. A lease is counted from a reading taken before the key was asked for. */
export interface Reading {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * How long an opened key may be used. Two clocks bound it, whichever passes first: the monotonic one stands still in a
 * suspended virtual machine, the wall clock can be set.
 */
export class Lease {
  constructor(
    readonly milliseconds: number,
    private readonly clock: Clock,
    private readonly monotonic: Monotonic = () => performance.now(),
  ) {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new RangeError('a lease is a number of milliseconds, 0 or more');
    }
  }

  read(): Reading {
    return { monotonic: this.monotonic(), wall: this.clock.now().getTime() };
  }

  holds(since: Reading, now: Reading): boolean {
    return (
      now.monotonic - since.monotonic < this.milliseconds &&
      now.wall - since.wall < this.milliseconds &&
      now.wall >= since.wall
    );
  }
}

interface Leased<Value> {
  readonly value: Value;
  readonly since: Reading;
}

/**
 * Values that are forgotten when their lease ends. Bounded; the oldest goes first, which is also the next to end.
 * What is dropped is not overwritten: a caller may be sealing with the very buffer.
 */
export class LeaseCache<Value> {
  private readonly entries = new Map<string, Leased<Value>>();
  private latestWall = -Infinity;
  private drops = 0;

  constructor(
    private readonly lease: Lease,
    private readonly limit: number,
    private readonly onDrop: (value: Value) => void = () => undefined,
    private readonly onClear: () => void = () => undefined,
  ) {}

  /** Grows with every drop. What was asked for before a drop may be what was dropped: `put` refuses it. */
  get generation(): number {
    return this.drops;
  }

  get size(): number {
    return this.entries.size;
  }

  get(name: string, now: Reading = this.lease.read()): Value | undefined {
    this.notice(now);
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    if (this.lease.holds(entry.since, now)) return entry.value;
    this.remove(name);
    return undefined;
  }

  /** Keeps a value that was asked for at `since`, unless something was dropped after `generation`; says whether. */
  put(name: string, value: Value, since: Reading, generation: number): boolean {
    if (this.limit === 0 || this.lease.milliseconds === 0 || generation !== this.drops) return false;
    this.remove(name);
    this.entries.set(name, { value, since });
    if (this.entries.size > this.limit) this.remove(this.oldest());
    return true;
  }

  drop(names: Iterable<string>): void {
    this.drops++;
    for (const name of names) this.remove(name);
  }

  clear(): void {
    this.drops++;
    this.entries.clear();
    this.onClear();
  }

  /** Forgets what has ended, so that a process at rest does not keep dead keys in its memory. */
  purge(now: Reading): void {
    this.notice(now);
    for (const [name, entry] of this.entries) if (!this.lease.holds(entry.since, now)) this.remove(name);
  }

  /** A wall clock that goes back, however little, says nothing any more about how long keys were held. */
  private notice(now: Reading): void {
    if (now.wall < this.latestWall) this.clear();
    this.latestWall = now.wall;
  }

  private oldest(): string {
    return this.entries.keys().next().value as string;
  }

  private remove(name: string): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    this.entries.delete(name);
    this.onDrop(entry.value);
  }
}
