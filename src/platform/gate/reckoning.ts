import { errorCode, type Log } from '@ardoise/lanes';
import { VaultError, type UnitEntry, type UnitReference, type Upkeep, type Vault } from '@ardoise/vault';
import type { KeptUnits } from './kept-units';
import type { Named } from './vault-stream';

export interface ReckoningParts {
  readonly vault: Vault;
  readonly upkeep: Upkeep;
  readonly kept: KeptUnits;
  readonly log: Log;
  /** Where units are remembered that no event names and that must not open. */
  readonly distrust: (organisation: string, units: readonly UnitReference[]) => Promise<void>;
}

const idsAtOnce = 10_000;

/**
 * Brings a vault to what is named: keys that ended are destroyed in it, persons who were erased are fenced again. What
 * is on record already is not touched, so that a vault which is as it should be is only looked at.
 */
export class Reckoning {
  constructor(private readonly parts: ReckoningParts) {}

  /**
   * @param all whatever names units in this organisation, for telling what of a person nobody ended
   * @returns whether the vault turned out to be older than the last end of an epoch
   * @throws VaultError `key-tampered`, `organisation-unknown`
   */
  async carryOut(organisation: string, named: readonly Named[], all: readonly Named[] = named): Promise<boolean> {
    const { vault, upkeep, log } = this.parts;
    const due = await this.due(named);
    const erased = due.flatMap((one) => (one.kind === 'units' && one.cause === 'erasure' ? one.units : []));
    const persons = await this.fenceAgain(organisation, erased, all);
    let older = false;
    for (const one of due) {
      if (one.kind === 'units') await vault.destroy(organisation, one.event, one.units);
      if (one.kind === 'lost') await vault.markLost(organisation, one.units);
      if (one.kind !== 'groups') continue;
      const ids = one.groups.map(({ group }) => group);
      // Under an epoch's groups nothing lived when they ended. Where something does, its keys are lost and not erased.
      if (one.cause === 'epoch' && (await upkeep.unitsUnder(organisation, ids)).length > 0) older = true;
      else await vault.destroyGroups(organisation, one.event, one.groups);
    }
    for (const person of persons) await this.markErased(organisation, person);
    if (due.length > 0) {
      log.warn({ organisation, events: due.length, persons: persons.length }, 'the vault was brought up to its log');
    }
    return older;
  }

  /** What of it the vault does not have on record. */
  private async due(named: readonly Named[]): Promise<Named[]> {
    const due: Named[] = [];
    let batch: Named[] = [];
    let ids = 0;
    for (const one of named) {
      batch.push(one);
      ids += idsOf(one).length;
      if (ids < idsAtOnce) continue;
      due.push(...(await this.dueOf(batch)));
      batch = [];
      ids = 0;
    }
    return [...due, ...(await this.dueOf(batch))];
  }

  private async dueOf(batch: readonly Named[]): Promise<Named[]> {
    const lost = batch.filter(({ kind }) => kind === 'lost').flatMap(idsOf);
    const ended = batch.filter(({ kind }) => kind !== 'lost').flatMap(idsOf);
    const notEnded = new Set(ended.length > 0 ? await this.parts.upkeep.notEnded(ended) : []);
    const notLost = new Set(lost.length > 0 ? await this.parts.upkeep.notLost(lost) : []);
    return batch.flatMap((one): Named[] => {
      if (one.kind === 'gap') return [];
      if (one.kind === 'groups') {
        const groups = one.groups.filter(({ group }) => notEnded.has(group));
        return groups.length > 0 ? [{ ...one, groups }] : [];
      }
      const left = one.kind === 'lost' ? notLost : notEnded;
      const units = one.units.filter(({ unit }) => left.has(unit));
      return units.length > 0 ? [{ ...one, units }] : [];
    });
  }

  /**
   * Fences whom an erasure reached, with every alias, before what links them to their units is destroyed. Gives them.
   */
  private async fenceAgain(
    organisation: string,
    erased: readonly UnitReference[],
    all: readonly Named[],
  ): Promise<string[]> {
    const { vault, upkeep, kept } = this.parts;
    const found = new Set<string>();
    for (let at = 0; at < erased.length; at += idsAtOnce) {
      const ids = erased.slice(at, at + idsAtOnce).map(({ unit }) => unit);
      for (const person of await upkeep.personsOf(organisation, ids)) found.add(person);
    }
    const persons = new Set<string>();
    for (const person of found) for (const one of await vault.aliases(organisation, person)) persons.add(one);
    if (persons.size === 0) return [];
    const left = await this.unnamed(organisation, [...persons], all);
    const keeps = [];
    const orphans: UnitReference[] = [];
    const unaccounted: UnitReference[] = [];
    for (const unit of left) {
      const keep = await kept.keep(organisation, unit);
      if (keep) keeps.push(keep);
      else ((await kept.isUsed(organisation, unit)) ? unaccounted : orphans).push(unit);
    }
    // Before the fence: a crash after it would leave them open and no longer looked for.
    if (unaccounted.length > 0) await this.alarm(organisation, unaccounted);
    await vault.fence(organisation, [...persons], keeps);
    if (orphans.length > 0) await upkeep.buryOrphans(organisation, orphans);
    return [...persons];
  }

  /** What the persons have that nothing names as ended and that is not kept yet. */
  private async unnamed(organisation: string, persons: readonly string[], all: readonly Named[]): Promise<UnitEntry[]> {
    const units = (await this.parts.vault.unitsOf(organisation, persons)).filter(
      ({ state }) => state === 'active' || state === 'fenced',
    );
    const left = new Map(units.map((unit) => [unit.unit, unit]));
    for (const one of all)
      if (one.kind === 'units' || one.kind === 'lost') for (const { unit } of one.units) left.delete(unit);
    return [...left.values()];
  }

  /** The fence of an erasure lists all that the person has: what it missed cannot be, and does not open. */
  private async alarm(organisation: string, units: readonly UnitReference[]): Promise<void> {
    for (const { unit } of units) {
      this.parts.log.error(
        { organisation, unit },
        'a unit of an erased person was neither ended nor kept; it is refused',
      );
    }
    await this.parts.distrust(organisation, units);
  }

  private async markErased(organisation: string, person: string): Promise<void> {
    try {
      await this.parts.vault.markErased(organisation, [person]);
    } catch (error) {
      if (!(error instanceof VaultError) || error.code !== 'person-not-fenced') throw error;
      this.parts.log.warn({ organisation, code: errorCode(error) }, 'a person who was erased stays fenced');
    }
  }
}

function idsOf(one: Named): string[] {
  if (one.kind === 'gap') return [];
  return one.kind === 'groups' ? one.groups.map(({ group }) => group) : one.units.map(({ unit }) => unit);
}
