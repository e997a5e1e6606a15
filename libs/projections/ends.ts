import { type CategoryDay, Forgotten, type Leaving } from './forgetting';
import type { MetEnds } from './forgotten-tables';

/** What ended within a batch, each with the position where it did first. */
export class Ends implements MetEnds {
  readonly units = new Map<string, bigint>();
  readonly days: (CategoryDay & { readonly position: bigint })[] = [];
  everything?: bigint;
  /** The same, to ask whether something is among it. */
  readonly forgotten = new Forgotten();

  static of(all: readonly Ends[]): Ends {
    const merged = new Ends();
    for (const ends of all) {
      for (const [unit, position] of ends.units) merged.add({ units: [unit], days: [], everything: false }, position);
      for (const day of ends.days) merged.add({ units: [], days: [day], everything: false }, day.position);
      if (ends.everything !== undefined) merged.add({ units: [], days: [], everything: true }, ends.everything);
    }
    return merged;
  }

  get isEmpty(): boolean {
    return this.forgotten.isEmpty;
  }

  add(leaving: Leaving, position: bigint): void {
    for (const unit of leaving.units) if (!this.units.has(unit)) this.units.set(unit, position);
    for (const { category, day } of leaving.days) {
      if (!this.days.some((met) => met.category === category && met.day === day)) {
        this.days.push({ category, day, position });
      }
    }
    if (leaving.everything) this.everything ??= position;
    this.forgotten.add(leaving);
  }
}
