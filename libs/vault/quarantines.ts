import { anchorReceipt, type OpenedKey, type UnitReference, VaultError } from './vault';

/** Organisations whose log or vault is older than their anchor knows: nothing is sealed, and what it refuses not opened. */
export class Quarantines {
  private readonly refused = new Map<string, ReadonlySet<string>>();

  begin(organisation: string, units: readonly UnitReference[]): void {
    this.refused.set(organisation, new Set(units.map(({ unit }) => unit)));
  }

  end(organisation: string): void {
    this.refused.delete(organisation);
  }

  /** @throws VaultError `organisation-quarantined` */
  mustNotBe(organisation: string): void {
    if (!this.refused.has(organisation)) return;
    const why = `the organisation ${organisation} is in quarantine: its log or its vault is older than its anchor knows`;
    throw new VaultError('organisation-quarantined', why);
  }

  /** What the anchor says of a unit, if anything: it was destroyed, whatever log and vault know. */
  wordOn(organisation: string, unit: string): OpenedKey | undefined {
    return this.refused.get(organisation)?.has(unit) ? { state: 'destroyed', receipt: anchorReceipt } : undefined;
  }
}
