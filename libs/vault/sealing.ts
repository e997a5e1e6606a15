import { Gatherer } from '@ardoise/gathering';
import type { Lease } from './lease';
import type { Quarantines } from './quarantines';
import type { UnitCache } from './unit-cache';
import type { UnitFinder } from './unit-finder';
import type { UnitMaker } from './unit-maker';
import { checkNames, identityOf, isDay } from './unit-row';
import { type UnitKey, type UnitRequest, VaultError } from './vault';
import type { Guard } from './watch';

/** A unit that is asked for, and the one name that all who ask for it give. */
export interface Wanted {
  readonly organisation: string;
  readonly request: UnitRequest;
  readonly identity: string;
}

/** What came of each unit, by identity. One that is refused does not fail its neighbours. */
export type Outcomes = Map<string, UnitKey | VaultError>;

/** Keys to seal under: from the cache, else found or made in statements shared by all who ask at once. */
export class Sealing {
  private readonly gatherer = new Gatherer((wanted: readonly Wanted[]) => this.guard(() => this.load(wanted)));

  constructor(
    private readonly lease: Lease,
    private readonly cache: UnitCache,
    private readonly finder: UnitFinder,
    private readonly maker: UnitMaker,
    private readonly quarantines: Quarantines,
    private readonly guard: Guard,
  ) {}

  async keys(organisation: string, requests: readonly UnitRequest[]): Promise<UnitKey[]> {
    this.quarantines.mustNotBe(organisation);
    const now = this.lease.read();
    const wanted = requests.map((request) => ({ organisation, request, identity: identityOf(organisation, request) }));
    const keys = wanted.map(({ identity }) => this.cache.sealing(identity, now));
    const missing = wanted.filter((_, i) => keys[i] === undefined);
    for (const { request } of missing) checkRequest(organisation, request);
    const results = await this.gatherer.ask(missing);
    let next = 0;
    return keys.map((key) => {
      const result = key ?? (results[next++] as UnitKey | VaultError);
      if (result instanceof VaultError) throw result;
      return result;
    });
  }

  private async load(wanted: readonly Wanted[]): Promise<(UnitKey | VaultError)[]> {
    const distinct = [...new Map(wanted.map((one) => [one.identity, one])).values()];
    const outcomes = await this.finder.find(distinct);
    const missing = distinct.filter(({ identity }) => !outcomes.has(identity));
    if (missing.length > 0) await this.maker.make(missing, outcomes);
    return wanted.map(({ identity }) => outcomes.get(identity) ?? new VaultError('unit-ended', 'the unit has ended'));
  }
}

function checkRequest(organisation: string, { person, stream, category, part, day }: UnitRequest): void {
  checkNames([organisation, person, stream, category, part]);
  if (day !== undefined && !isDay(day)) throw new RangeError('the day of a unit is a day of the calendar, YYYY-MM-DD');
}
