import { Inject, Injectable } from '@nestjs/common';
import { randomId } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import type { Naming, UnitReference, Vault } from '@ardoise/vault';
import { Platform } from '../../../platform/platform';
import { VAULT } from '../../../platform/tokens';
import { unitsInPart, type NamedUnit } from '../../domain/keyring';
import { Keyring } from '../../keyring';
import { Passage } from '../passage';
import { KeptEnds, type KeptEnd } from './kept-ends';

/** Where a crash can be put right there. */
export const keptEndSteps = [
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
      const list = (await this.ends.listed(organisation)) ?? (await this.list(organisation));
      if (list === undefined) return ended;
      await this.end(list);
      ended += list.units.length;
    }
  }

  /** Forgets the lists that every read model has forgotten; gives how many. */
  async completeWaiting(): Promise<number> {
    let completed = 0;
    for (const list of await this.ends.waiting()) {
      const { organisation, position, destroyed_at: destroyedAt } = list;
      if (!(await this.passage.isOver(organisation, BigInt(position ?? 0), destroyedAt as Date))) continue;
      await this.ends.drop(list);
      await this.platform.steps.done('kept/completed');
      completed += 1;
    }
    return completed;
  }

  private async list(organisation: string): Promise<KeptEnd | undefined> {
    const due = await this.vault.keptUntilBefore(organisation, this.clock.now(), unitsInPart);
    if (due.length === 0) return undefined;
    const batch = randomId();
    const list = await this.ends.list(
      organisation,
      batch,
      inNoOrder(await this.vault.naming(organisation), batch, due),
    );
    await this.platform.steps.done('kept/listed');
    return list;
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
