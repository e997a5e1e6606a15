import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import type { Policy } from '@ardoise/policy';
import { keptUntilType } from '@ardoise/projections';
import type { Opener } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import type { Keep, UnitEntry } from '@ardoise/vault';
import type { KeptByRule } from '../capability';

export interface KeptUnitsParts {
  readonly store: EventStore;
  /** Opens while the vault is being checked. */
  readonly opener: Opener;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly rules: readonly KeptByRule[];
  readonly clock: Clock;
}

/** Why a unit of an erased person is kept, where the vault was restored from before anybody said so. */
export class KeptUnits {
  constructor(private readonly parts: KeptUnitsParts) {}

  /**
   * As it was recorded in the unit's own stream under the unit itself; else, where streams of its kind record no such
   * thing, as the profile has it.
   */
  async keep(organisation: string, unit: UnitEntry): Promise<Keep | undefined> {
    const recorded = await this.recorded(organisation, unit);
    if (recorded) return recorded;
    const policy = this.parts.policies.get(organisation);
    if (!policy) return undefined;
    for (const rule of this.parts.rules) {
      const kept = rule(policy, unit, this.parts.clock.now());
      if (kept) return { unit: unit.unit, ...kept };
    }
    return undefined;
  }

  /** Whether any event of the unit's stream is sealed under it: else it is an orphan. */
  async isUsed(organisation: string, { unit, stream }: Pick<UnitEntry, 'unit' | 'stream'>): Promise<boolean> {
    const stored = await this.parts.store.readStream(organisation, stream);
    return stored.some(({ header }) => readHeader(header).sections.some((section) => section.unit === unit));
  }

  private async recorded(organisation: string, { unit, stream }: UnitEntry): Promise<Keep | undefined> {
    const stored = await this.parts.store.readStream(organisation, stream);
    const events = await this.parts.opener.open(organisation, stored, new Set([keptUntilType]));
    const said = events.flatMap(({ sections }) => Object.values(sections)).filter((section) => section?.unit === unit);
    const { ground, until } = said.at(-1)?.fields ?? {};
    return typeof ground === 'string' && typeof until === 'string'
      ? { unit, ground, until: new Date(until) }
      : undefined;
  }
}
