import { type Lease, LeaseCache, type Reading } from './lease';
import type { UnitKey } from './vault';

interface CachedUnit {
  readonly organisation: string;
  readonly identity: string;
  readonly key: UnitKey;
}

/** Opened unit keys, found by unit and by what they were asked for by, under one lease. */
export class UnitCache {
  private readonly byUnit: LeaseCache<CachedUnit>;
  private readonly unitOf = new Map<string, string>();

  constructor(lease: Lease, limit: number) {
    this.byUnit = new LeaseCache(lease, limit, ({ identity, key }) => {
      if (this.unitOf.get(identity) === key.unit) this.unitOf.delete(identity);
    });
  }

  get generation(): number {
    return this.byUnit.generation;
  }

  get size(): number {
    return this.byUnit.size;
  }

  opening(organisation: string, unit: string, now: Reading): UnitKey | undefined {
    const cached = this.byUnit.get(unit, now);
    return cached?.organisation === organisation ? cached.key : undefined;
  }

  sealing(identity: string, now: Reading): UnitKey | undefined {
    const unit = this.unitOf.get(identity);
    return unit === undefined ? undefined : this.byUnit.get(unit, now)?.key;
  }

  put(organisation: string, identity: string, key: UnitKey, since: Reading, generation: number): void {
    const kept = this.byUnit.put(key.unit, { organisation, identity, key }, since, generation);
    if (kept) this.unitOf.set(identity, key.unit);
  }

  drop(units: Iterable<string>): void {
    this.byUnit.drop(units);
  }

  clear(): void {
    this.byUnit.clear();
  }

  purge(now: Reading): void {
    this.byUnit.purge(now);
  }
}
