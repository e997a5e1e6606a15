import type { Pool } from 'pg';
import { type Clock, SystemClock } from '@ardoise/time';
import { VaultDatabase } from './database';
import { Ended } from './ended';
import { Fencing } from './fencing';
import { GroupEnds } from './group-ends';
import { type GroupKey, GroupKeys } from './groups';
import { Kept } from './kept';
import type { KeyEncryption } from './key-encryption/key-encryption';
import { Lease, LeaseCache, type Monotonic } from './lease';
import { Lookups } from './lookups';
import { Marks } from './marks';
import { KeyedNaming } from './naming';
import { type Dropped, NoticeListener, notify } from './notices';
import { Opening } from './opening';
import { Orphans } from './orphans';
import { Persons } from './persons';
import { Processes } from './processes';
import { Quarantines } from './quarantines';
import { Records } from './records';
import { Sealing } from './sealing';
import { Secrets } from './secrets';
import { Shredding } from './shredding';
import { Sweeping } from './sweeping';
import { UnitCache } from './unit-cache';
import { UnitFinder } from './unit-finder';
import { UnitIndex } from './unit-index';
import { UnitMaker } from './unit-maker';
import { Unwrapping } from './unwrapping';
import type { Upkeep } from './upkeep';
import type {
  GroupEntry,
  GroupReference,
  Keep,
  Naming,
  OpenedKey,
  PersonEntry,
  UnitEntry,
  UnitKey,
  UnitReference,
  UnitRequest,
  Vault,
} from './vault';
import { type Guard, Watch } from './watch';

export interface PostgresVaultOptions {
  /** Connections under the role `ardoise_vault`; stays the caller's to end. */
  readonly pool: Pool;
  readonly keyEncryption: KeyEncryption;
  readonly clock?: Clock;
  readonly monotonic?: Monotonic;
  /** How long an opened key may stay in this process; default 30,000. 0 keeps none. */
  readonly leaseMilliseconds?: number;
  /** Most unit keys kept; default 200,000. */
  readonly cachedUnits?: number;
  /** Whether to hear of destroyed keys at once, on a connection of its own; default true. Without, the lease bounds. */
  readonly listen?: boolean;
}

const defaultLease = 30_000;
const defaultCachedUnits = 200_000;
const cachedGroups = 10_000;

/** The vault in a schema and under a role of its own in PostgreSQL. Safe to run in many processes at once. */
export class PostgresVault implements Vault {
  private readonly database: VaultDatabase;
  private readonly lease: Lease;
  private readonly unitKeys: UnitCache;
  private readonly groupKeys: LeaseCache<GroupKey>;
  private readonly secretKeys: LeaseCache<Buffer>;
  private readonly secrets: Secrets;
  private readonly persons: Persons;
  private readonly lookups: Lookups;
  private readonly units: UnitIndex;
  private readonly opening: Opening;
  private readonly sealing: Sealing;
  private readonly fencing: Fencing;
  private readonly shredding: Shredding;
  private readonly sweeping: Sweeping;
  private readonly groupEnds: GroupEnds;
  private readonly kept: Kept;
  private readonly marks: Marks;
  private readonly processes: Processes;
  private readonly watch: Watch;
  private readonly quarantines = new Quarantines();
  readonly unguarded: Pick<Vault, 'openingKeys'>;
  readonly upkeep: Upkeep;
  private readonly listener: NoticeListener | undefined;
  private readonly purging: NodeJS.Timeout | undefined;

  private constructor(options: PostgresVaultOptions) {
    const clock = options.clock ?? new SystemClock();
    const lease = new Lease(options.leaseMilliseconds ?? defaultLease, clock, options.monotonic);
    const database = new VaultDatabase(options.pool);
    this.database = database;
    this.lease = lease;
    this.unitKeys = new UnitCache(lease, options.cachedUnits ?? defaultCachedUnits);
    this.groupKeys = new LeaseCache(lease, cachedGroups);
    this.secretKeys = new LeaseCache(lease, cachedGroups);
    this.watch = new Watch(options.pool, database, () => this.drop('all'));
    const guard: Guard = (run) => this.watch.guard(run);
    const unguarded: Guard = (run) => run();
    const groups = new GroupKeys(database, options.keyEncryption, clock, this.groupKeys);
    const unwrapping = new Unwrapping(groups, this.unitKeys);
    const finder = new UnitFinder(database, lease, unwrapping);
    this.secrets = new Secrets(database, groups, lease, this.secretKeys);
    const forgetGroups = (): void => this.groupKeys.clear();
    const maker = new UnitMaker(database, groups, clock, lease, unwrapping, finder, this.secrets, forgetGroups);
    this.persons = new Persons(database, this.secrets);
    this.lookups = new Lookups(database, this.secrets);
    this.units = new UnitIndex(database);
    const openingBy = (by: Guard): Opening =>
      new Opening(database, lease, this.unitKeys, unwrapping, this.secrets, this.quarantines, by);
    this.opening = openingBy(guard);
    const checking = openingBy(unguarded);
    this.unguarded = { openingKeys: (organisation, units) => checking.open(organisation, units) };
    this.sealing = new Sealing(lease, this.unitKeys, finder, maker, this.quarantines, guard);
    this.groupEnds = new GroupEnds(database, clock);
    this.kept = new Kept(database);
    this.marks = new Marks(database);
    this.processes = new Processes(database, lease.milliseconds);
    this.fencing = new Fencing(database, clock);
    this.shredding = new Shredding(database, clock);
    this.sweeping = new Sweeping(database, clock);
    this.upkeep = this.upkeepOf(checking, new Orphans(database, clock), new Records(database), new Ended(database));
    if (lease.milliseconds === 0) return;
    this.purging = setInterval(() => this.purge(), lease.milliseconds).unref();
    // The pool's own settings; a notice is heard under the same role.
    if (options.listen !== false) {
      this.listener = new NoticeListener(options.pool.options, (dropped) => this.drop(dropped));
    }
  }

  /** Resolves when it hears of keys that other processes destroy, or will try again to. */
  static async open(options: PostgresVaultOptions): Promise<PostgresVault> {
    const vault = new PostgresVault(options);
    // A database that is away is told of at the first use; the heartbeat announces this process later.
    await vault.processes.announce().catch(() => undefined);
    await vault.listener?.start();
    return vault;
  }

  get leaseMilliseconds(): number {
    return this.lease.milliseconds;
  }

  admitOrganisation(organisation: string): Promise<void> {
    return this.secrets.admit(organisation);
  }

  async naming(organisation: string): Promise<Naming> {
    return new KeyedNaming(await this.secrets.load(organisation, 'naming'));
  }

  admitPerson(organisation: string, person: string, stream: string): Promise<void> {
    return this.persons.admit(organisation, person, stream);
  }

  person(organisation: string, person: string): Promise<PersonEntry | undefined> {
    return this.persons.find(organisation, person);
  }

  aliases(organisation: string, person: string): Promise<string[]> {
    return this.persons.aliases(organisation, person);
  }

  setAlias(organisation: string, person: string, of: string | undefined): Promise<void> {
    return this.persons.setAlias(organisation, person, of);
  }

  sealingKeys(organisation: string, requests: readonly UnitRequest[]): Promise<UnitKey[]> {
    return this.sealing.keys(organisation, requests);
  }

  openingKeys(organisation: string, units: readonly UnitReference[]): Promise<Map<string, OpenedKey>> {
    return this.opening.open(organisation, units);
  }

  unitsOf(organisation: string, persons: readonly string[]): Promise<UnitEntry[]> {
    return this.units.ofPersons(organisation, persons);
  }

  unitsOfStream(organisation: string, stream: string): Promise<UnitEntry[]> {
    return this.units.ofStream(organisation, stream);
  }

  putLookup(organisation: string, system: string, value: string, person: string, unit: string): Promise<boolean> {
    return this.lookups.put(organisation, system, value, person, unit);
  }

  dropLookup(organisation: string, system: string, value: string, person: string): Promise<void> {
    return this.lookups.drop(organisation, system, value, person);
  }

  findByLookup(organisation: string, system: string, value: string): Promise<string | undefined> {
    return this.lookups.find(organisation, system, value);
  }

  async fence(organisation: string, persons: readonly string[], keep: readonly Keep[]): Promise<UnitEntry[]> {
    const units = await this.fencing.fence(organisation, persons, keep);
    await this.tell(units.map(({ unit }) => unit));
    return units;
  }

  async destroy(organisation: string, event: string, units: readonly UnitReference[]): Promise<void> {
    await this.shredding.destroy(organisation, event, units);
    await this.tell(units.map(({ unit }) => unit));
  }

  async markLost(organisation: string, units: readonly UnitReference[]): Promise<void> {
    await this.shredding.markLost(organisation, units);
    await this.tell(units.map(({ unit }) => unit));
  }

  markErased(organisation: string, persons: readonly string[]): Promise<void> {
    return this.persons.markErased(organisation, persons);
  }

  groups(organisation: string): Promise<GroupEntry[]> {
    return this.groupEnds.ofOrganisation(organisation);
  }

  async closeDay(organisation: string, category: string, day: string): Promise<GroupReference[]> {
    const groups = await this.groupEnds.closeDay(organisation, category, day);
    await this.tell('all');
    return groups;
  }

  async closeOrganisation(organisation: string): Promise<GroupReference[]> {
    const groups = await this.groupEnds.closeOrganisation(organisation);
    await this.tell('all');
    return groups;
  }

  async destroyGroups(organisation: string, event: string, groups: readonly GroupReference[]): Promise<void> {
    await this.groupEnds.destroy(organisation, event, groups);
    // A cache does not know what hangs under a group: one ends rarely enough to drop everything.
    await this.tell('all');
  }

  organisations(): Promise<{ organisation: string; state: 'active' | 'ended' }[]> {
    return this.groupEnds.organisations();
  }

  quarantine(organisation: string, refused: readonly UnitReference[]): void {
    this.quarantines.begin(organisation, refused);
    this.drop('all');
  }

  release(organisation: string): void {
    this.quarantines.end(organisation);
  }

  mark(organisation: string): Promise<bigint> {
    return this.marks.read(organisation);
  }

  advanceMark(organisation: string): Promise<bigint> {
    return this.marks.advance(organisation);
  }

  onReconnected(check: () => Promise<void>): void {
    this.watch.onChange(check);
  }

  leaseBound(): Promise<number> {
    return this.processes.longestLease();
  }

  unitsUnder(organisation: string, groups: readonly GroupReference[]): Promise<number> {
    return this.groupEnds.unitsUnder(organisation, groups);
  }

  keptUntilBefore(organisation: string, instant: Date, limit: number): Promise<UnitReference[]> {
    return this.kept.untilBefore(organisation, instant, limit);
  }

  keptAmong(organisation: string, units: readonly string[]): Promise<Map<string, Omit<Keep, 'unit'>>> {
    return this.kept.among(organisation, units);
  }

  sweepEndedOrganisation(organisation: string, limit: number): Promise<number> {
    return this.sweeping.sweepOrganisation(organisation, limit);
  }

  sweepEndedDays(limit: number): Promise<number> {
    return this.sweeping.sweep(limit);
  }

  /** Drops keys from this process's cache, without telling others. */
  dropUnits(units: Iterable<string>): void {
    this.unitKeys.drop(units);
  }

  /** How many unit keys this process holds. */
  get cachedUnits(): number {
    return this.unitKeys.size;
  }

  /** Stops listening and forgets every key. The pool stays open: it is the caller's. */
  async close(): Promise<void> {
    clearInterval(this.purging);
    this.drop('all');
    await this.listener?.close();
    await this.processes.close();
  }

  private upkeepOf(checking: Opening, orphans: Orphans, records: Records, ended: Ended): Upkeep {
    return {
      notEnded: (ids) => records.notEnded(ids),
      notLost: (units) => records.notLost(units),
      personsOf: (organisation, units) => records.personsOf(organisation, units),
      unitsUnder: (organisation, groups) => records.unitsUnder(organisation, groups),
      examine: (organisation, units) => checking.examine(organisation, units),
      unitsMadeBetween: (organisation, between) => orphans.unitsMadeBetween(organisation, between),
      unfenceUnits: (organisation, units) => orphans.unfence(organisation, units),
      endedUnits: (organisation, after, limit) => ended.units(organisation, after, limit),
      endedGroups: (organisation, after, limit) => ended.groups(organisation, after, limit),
      sweepEndedDays: (limit) => this.sweepEndedDays(limit),
      fenceUnits: async (organisation, units) => {
        await orphans.fence(organisation, units);
        await this.tell(units);
      },
      buryOrphans: async (organisation, units) => {
        const buried = await orphans.bury(organisation, units);
        await this.tell(units.map(({ unit }) => unit));
        return buried;
      },
    };
  }

  private async tell(dropped: Dropped): Promise<void> {
    this.drop(dropped);
    await notify(this.database, dropped);
  }

  private drop(dropped: Dropped): void {
    if (dropped !== 'all') return this.unitKeys.drop(dropped);
    this.unitKeys.clear();
    this.groupKeys.clear();
    this.secretKeys.clear();
  }

  private purge(): void {
    const now = this.lease.read();
    this.unitKeys.purge(now);
    this.groupKeys.purge(now);
    this.secretKeys.purge(now);
  }
}
