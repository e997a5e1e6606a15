import { Inject, Injectable } from '@nestjs/common';
import { Recorder, type CommandContext } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { kindOf } from '@ardoise/format';
import type { AnyOpened } from '@ardoise/sealing';
import { Clock } from '@ardoise/time';
import type { Keep, Naming, UnitEntry, Vault } from '@ardoise/vault';
import { Keyring, type KeyringEntry } from '../../keys/keyring';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { decideUnit } from '../domain/decisions';
import { keepingIn } from '../domain/keeping';
import { keptUntilRecorded, type ErasureOpened } from '../domain/events';
import { ErasureProcesses, type ErasureRow, type KeptUnit } from './erasure-processes';
import { Participants } from './participants';

interface KeptEntry extends UnitEntry {
  readonly keep: Keep;
}

/**
 * Carries out what was decided, in the design's order; each step can be repeated, and a crash anywhere resumes. It ends
 * with the keys destroyed; `ErasureCompletion` waits for the lanes and leases, and issues the receipt.
 */
@Injectable()
export class ErasureProcess {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    private readonly processes: ErasureProcesses,
    private readonly participants: Participants,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async run(event: AnyOpened): Promise<void> {
    const decided = event as Extract<ErasureOpened, { type: 'erasure-decided' }>;
    const person = decided.sections.self?.person;
    // The request itself has reached its end: what it asked for was carried out long ago.
    if (person === undefined) return;
    const { organisation, stream } = decided;
    const row = await this.processes.begin(organisation, stream.slice(-32), person);
    if (row.state !== 'decided') return;
    const persons = await this.vault.aliases(organisation, person);
    const units = row.units ?? (await this.fencedUnits(row, persons));
    const entries = await this.fenceKeys(row, units);
    for (const { event } of entries) {
      if (event.type !== 'keys-fenced') continue;
      const named = event.facts.units.map(([unit, fingerprint]) => ({ unit, fingerprint }));
      await this.vault.destroy(organisation, event.id, named);
    }
    await this.vault.markErased(organisation, persons);
    const position = entries.at(-1)?.position ?? (await this.store.head(organisation));
    await this.processes.destroyed(row, position, this.clock.now());
  }

  /** The steps up to the list of what ends; once it is remembered they are behind us. */
  private async fencedUnits(row: ErasureRow, persons: readonly string[]): Promise<(readonly [string, string])[]> {
    const { toEnd, kept } = await this.fence(row.organisation, persons);
    await this.participants.release(row.organisation, persons);
    await this.recordKeeping(row, kept);
    const naming = await this.vault.naming(row.organisation);
    const units = inNoOrder(naming, row.nonce, toEnd);
    await this.processes.fenced(row, units, kept.map(keptUnit));
    return units;
  }

  /**
   * From here nothing new can be sealed about the person. A unit may have been made between the look and the fence; it
   * is among those that the fence gives, and is looked at again.
   */
  private async fence(
    organisation: string,
    persons: readonly string[],
  ): Promise<{ toEnd: UnitEntry[]; kept: KeptEntry[] }> {
    const kept = new Map<string, KeptEntry>();
    let looked = await this.vault.unitsOf(organisation, persons);
    for (;;) {
      const found = await this.toKeep(
        organisation,
        looked.filter(({ state }) => state !== 'destroyed' && state !== 'lost'),
      );
      for (const entry of found) kept.set(entry.unit, entry);
      looked = await this.vault.fence(
        organisation,
        persons,
        [...kept.values()].map(({ keep }) => keep),
      );
      if ((await this.toKeep(organisation, looked)).length === 0) return { toEnd: looked, kept: [...kept.values()] };
    }
  }

  private async toKeep(organisation: string, units: readonly UnitEntry[]): Promise<KeptEntry[]> {
    const policy = this.directory.policy(organisation);
    const now = this.clock.now();
    const kept: KeptEntry[] = [];
    for (const entry of units) {
      const startsAt = await this.participants.startsAt(organisation, entry.stream);
      const { unit, category, createdAt } = entry;
      const { keep } = decideUnit(policy, { unit, category, createdAt, ...(startsAt ? { startsAt } : {}) }, now);
      if (keep) kept.push({ ...entry, keep: { unit, ...keep } });
    }
    return kept;
  }

  /** Recorded under the kept units themselves, where whoever may read them finds why they are still there. */
  private async recordKeeping(row: ErasureRow, kept: readonly KeptEntry[]): Promise<void> {
    const naming = await this.vault.naming(row.organisation);
    for (const { stream, person, category, keep } of kept) {
      if (!keptUntilRecorded.stream.includes(kindOf(stream))) continue;
      const command = { person, category, ground: keep.ground, until: keep.until.toISOString() };
      const context = systemContext(row.organisation, naming.step(row.nonce, `keep ${stream}`));
      await this.recorder.execute(keepingIn(kindOf(stream)), stream, command, context);
    }
  }

  /** The events that name the ended keys: their receipts. */
  private async fenceKeys(
    { organisation, nonce }: ErasureRow,
    units: readonly (readonly [string, string])[],
  ): Promise<KeyringEntry[]> {
    const naming = await this.vault.naming(organisation);
    const command = { type: 'fence-keys' as const, cause: 'erasure' as const, units };
    return this.keyring.record(organisation, naming.step(nonce, 'fence-keys'), command);
  }
}

export function systemContext(organisation: string, commandId: string): CommandContext {
  return { organisation, commandId, service: 'erasure', source: 'system' };
}

const keptUnit = ({ category, keep }: KeptEntry): KeptUnit => ({
  category,
  ground: keep.ground,
  until: keep.until.toISOString(),
});

/** The order tells nothing of when units were made or what they are, and is the same each time the step is repeated. */
function inNoOrder(naming: Naming, nonce: string, units: readonly UnitEntry[]): (readonly [string, string])[] {
  return units
    .map(({ unit, fingerprint }) => ({ place: naming.id('fence-order', nonce, unit), unit, fingerprint }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ unit, fingerprint }) => [unit, fingerprint] as const);
}
