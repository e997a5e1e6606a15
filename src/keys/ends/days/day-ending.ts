import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '@ardoise/decider';
import { categories, type Category } from '@ardoise/policy';
import { Clock } from '@ardoise/time';
import type { GroupReference, Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { Passage } from '../../../platform/passage';
import { Platform } from '../../../platform/platform';
import { groupsEnded } from '../../domain/events';
import { VAULT } from '../../../platform/tokens';
import { endedGroupsOf } from '../ended-groups';
import { Keyring } from '../../keyring';
import { signed, type DayReceipt, type Signed } from '../signed-receipt';
import { DayEnds, type DayEnd, type DayName } from './day-ends';
import { categoriesByDay, endOfDay } from './days-over';

/** Where a crash can be put right there. */
export const dayEndSteps = [
  'day/begun',
  'day/closed',
  'day/counted',
  'day/recorded',
  'day/destroyed',
  'day/remembered',
  'day/completed',
] as const;

/** Ends a category's day for everybody at once. Each step can be repeated, and a crash anywhere resumes. */
@Injectable()
export class DayEnding {
  constructor(
    private readonly ends: DayEnds,
    private readonly keyring: Keyring,
    private readonly passage: Passage,
    private readonly directory: OrganisationDirectory,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** The days of an organisation that have keys, and whose period is over. */
  async due(organisation: string): Promise<DayName[]> {
    const policy = this.directory.policy(organisation);
    const byDay = categoriesByDay(this.platform.registry.all());
    const now = this.clock.now().getTime();
    const due = new Map<string, DayName>();
    for (const { state, category, day } of await this.vault.groups(organisation)) {
      if (state === 'destroyed' || category === undefined || day === undefined) continue;
      if (!byDay.includes(category as Category)) continue;
      if (endOfDay(policy, category as Category, day).getTime() > now) continue;
      due.set(`${day} ${category}`, { organisation, category, day });
    }
    return [...due.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  }

  /** @throws Refusal `category-not-by-day`, `day-not-over` */
  check({ organisation, category, day }: DayName, beforeItsTime = false): void {
    const policy = this.directory.policy(organisation);
    const known = categories.find((one) => one === category);
    if (known === undefined || !categoriesByDay(this.platform.registry.all()).includes(known)) {
      throw invalid('category-not-by-day', `nothing is recorded by the day in the category "${category}"`, '/category');
    }
    const end = endOfDay(policy, known, day);
    if (!beforeItsTime && end.getTime() > this.clock.now().getTime()) {
      throw invalid('day-not-over', `${known} of ${day} is kept until ${end.toISOString()}`, '/day');
    }
  }

  /**
   * Destroys the day's keys; `completeWaiting` does the rest. Gives nothing for a day on which nothing was sealed.
   * @param beforeItsTime the ticket or minute that says why, where the period is not over
   * @throws VaultError `organisation-ended`, `organisation-quarantined`
   */
  async end(name: DayName, beforeItsTime?: string): Promise<DayEnd | undefined> {
    const { steps } = this.platform;
    const { organisation, category, day } = name;
    // What is refused later would have closed the day, and be carried out when nobody expects it any more.
    this.platform.quarantines.mustBeOpen(organisation);
    // Of an organisation that has ended, so have all days: nothing is to be begun.
    await this.vault.naming(organisation);
    const row = await this.ends.begin(name, beforeItsTime);
    if (row.state !== 'begun') return row;
    await steps.done('day/begun');
    const groups = await this.vault.closeDay(organisation, category, day);
    await steps.done('day/closed');
    // Nothing is added to a closed day; without groups they are destroyed already, and were counted.
    if (groups.length > 0) await this.ends.counted(name, await this.vault.unitsUnder(organisation, groups));
    await steps.done('day/counted');
    const ended = await this.record(name, groups);
    await steps.done('day/recorded');
    if (ended.position === undefined) {
      await this.ends.drop(name);
      return undefined;
    }
    for (const { event, groups: part } of ended.parts) await this.vault.destroyGroups(organisation, event, part);
    await steps.done('day/destroyed');
    await this.ends.destroyed(name, ended.keys, ended.position, this.clock.now());
    await steps.done('day/remembered');
    return this.ends.find(name);
  }

  /** Completes what every read model has forgotten and no process can hold; gives how many. */
  async completeWaiting(): Promise<number> {
    let completed = 0;
    for (const row of await this.ends.inState('destroyed')) if (await this.completeIfOver(row)) completed += 1;
    return completed;
  }

  /** False when somebody has to be waited for. */
  async completeIfOver(row: DayEnd): Promise<boolean> {
    const { organisation, position, destroyed_at: destroyedAt, readers_mark: known } = row;
    const { over, readersMark } = await this.passage.look({
      organisation,
      type: groupsEnded.type,
      position: BigInt(position ?? 0),
      destroyedAt: destroyedAt as Date,
      readersMark: known,
    });
    if (over) await this.complete(row);
    else if (readersMark !== null && readersMark !== known) await this.ends.waitsFor(row, readersMark);
    return over;
  }

  private async complete(row: DayEnd): Promise<Signed<DayReceipt>> {
    const { organisation, category, day } = row;
    const statement: DayReceipt = {
      type: 'ardoise-day-receipt',
      format: 1,
      organisation,
      category,
      day,
      groups: row.groups ?? [],
      units: row.units ?? 0,
      destroyedAt: (row.destroyed_at as Date).toISOString(),
      completedAt: this.clock.now().toISOString(),
      ...(row.before_its_time === null ? {} : { beforeItsTime: row.before_its_time }),
    };
    const receipt = await this.ends.complete(row, await signed(statement, this.platform.signing));
    await this.platform.steps.done('day/completed');
    return receipt;
  }

  /** Repeated, it gives what was recorded first, also when the groups are destroyed by now. */
  private async record({ organisation, category, day }: DayName, groups: readonly GroupReference[]) {
    const naming = await this.vault.naming(organisation);
    const commandId = naming.step(naming.id('ended-day', category, day), 'end-groups');
    return endedGroupsOf(
      await this.keyring.record(organisation, commandId, { type: 'end-groups', cause: 'day', groups }),
    );
  }
}
