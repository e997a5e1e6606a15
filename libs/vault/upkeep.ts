import type { EndedEntry } from './ended';
import type { MadeBetween, MadeUnit } from './orphans';
import type { OpenedKey, UnitReference, VaultError } from './vault';

/** What keeps a vault in step with its log. No capability needs it: the gate, the sweep and a recovery do. */
export interface Upkeep {
  /** Those of the ids of units or groups that are not on record as ended. */
  notEnded(ids: readonly string[]): Promise<string[]>;
  /** Those of the units that are neither lost nor ended; also such as have no row. */
  notLost(units: readonly string[]): Promise<string[]>;
  /** Whose the units are, where the vault still says so; sorted. */
  personsOf(organisation: string, units: readonly string[]): Promise<string[]>;
  /** The units that hang under the groups and have a key. */
  unitsUnder(organisation: string, groups: readonly string[]): Promise<UnitReference[]>;
  /** As `unguarded.openingKeys`, but a unit that cannot be opened does not fail its neighbours. Keeps nothing. */
  examine(
    organisation: string,
    units: readonly UnitReference[],
  ): Promise<Map<string, OpenedKey['state'] | VaultError['code']>>;
  /** A page of units that could be orphans: see `Orphans`. */
  unitsMadeBetween(organisation: string, between: MadeBetween): Promise<MadeUnit[]>;
  fenceUnits(organisation: string, units: readonly string[]): Promise<void>;
  unfenceUnits(organisation: string, units: readonly string[]): Promise<void>;
  /** Gives how many there were. */
  buryOrphans(organisation: string, units: readonly UnitReference[]): Promise<number>;
  /** A page of units that ended one by one, in the order of ids, after one: see `Ended`. */
  endedUnits(organisation: string, after: string, limit: number): Promise<EndedEntry[]>;
  /** A page of groups that ended, in the order of ids, after one. */
  endedGroups(organisation: string, after: string, limit: number): Promise<EndedEntry[]>;
  /** Takes the links of at most `limit` units of ended days away, and drops rows that may go; 0 when none is left. */
  sweepEndedDays(limit: number): Promise<number>;
}
