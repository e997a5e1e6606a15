import { Inject, Injectable } from '@nestjs/common';
import { randomId } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import type { Naming, UnitReference, Vault } from '@ardoise/vault';
import { Passage } from '../../../platform/passage';
import { Platform } from '../../../platform/platform';
import { keysFenced } from '../../domain/events';
import { VAULT } from '../../../platform/tokens';
import { unitsInPart, type NamedUnit } from '../../domain/keyring';
import { Keyring } from '../../keyring';
import { KeptEnds, type KeptEnd } from './kept-ends';

/** Where a crash can be put right there. */
export const keptEndSteps = [
  'kept/begun',
  'kept/listed',
  'kept/recorded',
  'kept/destroyed',
  'kept/remembered',
  'kept/completed',
] as const;

/** Shreds what was kept beside an erasure when its date has come (invariant 5), by itself. Each step can be repeated. */
@Injectable()
export class KeptEnding {
  constructor(
    private readonly ends: KeptEnds,
    private readonly keyring: Keyring,
    private readonly passage: Passage,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Destroys the keys of all units whose date has come, in lists; gives how many units there were. */
  async endDue(organisation: string): Promise<number> {
    let ended = 0;
    for (;;) {
      const list = await this.list(organisation);
      if (list === undefined) return ended;
      await this.end(list);
      ended += list.units.length;
    }
  }

  /** Forgets the lists that every read model has forgotten; gives how many. */
  async completeWaiting(): Promise<number> {
    let completed = 0;
    for (const list of await this.ends.waiting()) if (await this.completeIfOver(list)) completed += 1;
    return completed;
  }

  /** False when somebody has to be waited for. */
  async completeIfOver(list: KeptEnd): Promise<boolean> {
    const { organisation, position, destroyed_at: destroyedAt, readers_mark: known } = list;
    const { over, readersMark } = await this.passage.look({
      organisation,
      type: keysFenced.type,
      position: BigInt(position ?? 0),
      destroyedAt: destroyedAt as Date,
      readersMark: known,
    });
    if (over) {
      await this.ends.drop(list);
      await this.platform.steps.done('kept/completed');
    } else if (readersMark !== null && readersMark !== known) await this.ends.waitsFor(list, readersMark);
    return over;
  }

  /** The list that is under way, or a new one; one list at a time for an organisation, whoever carries it. */
  private async list(organisation: string): Promise<KeptEnd | undefined> {
    const known = await this.ends.listed(organisation);
    if (known && known.units.length > 0) return known;
    // Without this look every pass would write a list and drop it; what it gives is not used.
    if (!known && (await this.due(organisation, 1)).length === 0) return undefined;
    const begun = known ?? (await this.ends.begin(organisation, randomId()));
    if (begun === undefined) return undefined;
    await this.platform.steps.done('kept/begun');
    if (begun.units.length > 0) return begun;
    const due = await this.due(organisation, unitsInPart);
    if (due.length === 0) {
      await this.ends.dropEmpty(begun);
      return undefined;
    }
    const naming = await this.vault.naming(organisation);
    const list = await this.ends.fill(begun, inNoOrder(naming, begun.batch, due));
    await this.platform.steps.done('kept/listed');
    return list;
  }

  private due(organisation: string, limit: number): Promise<UnitReference[]> {
    return this.vault.keptUntilBefore(organisation, this.clock.now(), limit);
  }

  private async end(list: KeptEnd): Promise<void> {
    const { organisation, batch, units } = list;
    const { steps } = this.platform;
    const naming = await this.vault.naming(organisation);
    const command = { type: 'fence-keys' as const, cause: 'retention' as const, units };
    const entries = await this.keyring.record(organisation, naming.step(batch, 'fence-keys'), command);
    await steps.done('kept/recorded');
    for (const { event } of entries) {
      if (event.type !== 'keys-fenced') continue;
      const named = event.facts.units.map(([unit, fingerprint]) => ({ unit, fingerprint }));
      await this.vault.destroy(organisation, event.id, named);
    }
    await steps.done('kept/destroyed');
    await this.ends.destroyed(list, entries.at(-1)?.position ?? 0n, this.clock.now());
    await steps.done('kept/remembered');
  }
}

/** The order tells nothing of when units were made or were to end. */
function inNoOrder(naming: Naming, batch: string, units: readonly UnitReference[]): NamedUnit[] {
  return units
    .map(({ unit, fingerprint }) => ({ place: naming.id('fence-order', batch, unit), unit, fingerprint }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ unit, fingerprint }) => [unit, fingerprint] as const);
}
