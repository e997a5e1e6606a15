import { Inject, Injectable } from '@nestjs/common';
import type { Keep, UnitEntry, Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { VAULT } from '../../platform/tokens';
import { decideUnit, mayBeKept } from '../domain/decisions';
import { Participants } from './participants';

export interface KeptEntry extends UnitEntry {
  readonly keep: Keep;
}

/** What a fence leaves: units that end, and units that are kept. */
export interface Fenced {
  readonly toEnd: readonly UnitEntry[];
  readonly kept: readonly KeptEntry[];
}

/** Fences persons in the vault, and decides for each of their units whether it ends. */
@Injectable()
export class PersonFence {
  constructor(
    private readonly directory: OrganisationDirectory,
    private readonly participants: Participants,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * From here nothing new can be sealed about the persons. A unit may have been made between the look and the fence; it
   * is among those that the fence gives, and is looked at again. Repeated, it gives the same.
   * @param decidedAt what periods are compared with
   */
  async raise(organisation: string, persons: readonly string[], decidedAt: Date): Promise<Fenced> {
    const kept = new Map<string, KeptEntry>();
    let looked = await this.vault.unitsOf(organisation, persons);
    for (;;) {
      const living = looked.filter(({ state }) => state !== 'destroyed' && state !== 'lost');
      for (const entry of await this.toKeep(organisation, living, decidedAt)) kept.set(entry.unit, entry);
      const keep = [...kept.values()].map((entry) => entry.keep);
      looked = await this.vault.fence(organisation, persons, keep);
      const missed = await this.toKeep(organisation, looked, decidedAt);
      if (missed.length === 0) return { toEnd: looked, kept: [...kept.values()] };
    }
  }

  private async toKeep(organisation: string, units: readonly UnitEntry[], decidedAt: Date): Promise<KeptEntry[]> {
    const policy = this.directory.policy(organisation);
    const inQuestion = units.filter(({ category }) => mayBeKept(policy, category));
    const streams = inQuestion.map(({ stream }) => stream);
    const starts = await this.participants.startsOf(organisation, streams);
    const kept: KeptEntry[] = [];
    for (const entry of inQuestion) {
      const { unit, category, createdAt, stream } = entry;
      const startsAt = starts.get(stream);
      const { keep } = decideUnit(policy, { unit, category, createdAt, ...(startsAt ? { startsAt } : {}) }, decidedAt);
      if (keep) kept.push({ ...entry, keep: { unit, ...keep } });
    }
    return kept;
  }
}
