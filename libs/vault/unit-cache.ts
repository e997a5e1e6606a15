import { type Lease, LeaseCache, type Reading } from './lease';
import type { UnitKey } from './vault';

interface CachedUnit {
  readonly organisation: string;
  /** What it is asked for by; absent for one that only opens. */
  readonly identity: string | undefined;
  readonly key: UnitKey;
}

/** Opened unit keys, found by unit and by what they were asked for by, under one lease. */
export class UnitCache {
  private readonly byUnit: LeaseCache<CachedUnit>;
  private readonly unitOf = new Map<string, string>();

  constructor(lease: Lease, limit: number) {
    const forget = ({ identity, key }: CachedUnit): void => {
      if (identity !== undefined && this.unitOf.get(identity) === key.unit) this.unitOf.delete(identity);
    };
    this.byUnit = new LeaseCache(lease, limit, forget, () => this.unitOf.clear());
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

  put(organisation: string, identity: string | undefined, key: UnitKey, since: Reading, generation: number): void {
    const kept = this.byUnit.put(key.unit, { organisation, identity, key }, since, generation);
    if (kept && identity !== undefined) this.unitOf.set(identity, key.unit);
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
