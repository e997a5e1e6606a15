import { fingerprintOf, randomBytes, randomId } from '@ardoise/format';
import {
  KeyedNaming,
  VaultError,
  type Naming,
  type OpenedKey,
  type UnitKey,
  type UnitReference,
  type UnitRequest,
  type Vault,
} from '@ardoise/vault';

/** Keys in memory, where the vault is not the subject of a spec. */
export class FakeVault implements Pick<Vault, 'naming' | 'sealingKeys' | 'openingKeys'> {
  readonly units = new Map<string, OpenedKey>();
  /** Persons about whom nothing can be sealed. */
  readonly fenced = new Set<string>();
  away = false;
  private readonly named = new Map<string, UnitKey>();
  private readonly namingKey = randomBytes(32);

  async naming(): Promise<Naming> {
    return new KeyedNaming(this.namingKey);
  }

  async sealingKeys(organisation: string, requests: readonly UnitRequest[]): Promise<UnitKey[]> {
    if (this.away) throw new VaultError('vault-unavailable', 'the vault is away');
    return requests.map((request) => {
      if (this.fenced.has(request.person)) throw new VaultError('person-erased', 'the person was erased');
      const name = JSON.stringify([organisation, request]);
      return this.named.get(name) ?? this.keep(name, request);
    });
  }

  async openingKeys(_organisation: string, references: readonly UnitReference[]): Promise<Map<string, OpenedKey>> {
    if (this.away) throw new VaultError('vault-unavailable', 'the vault is away');
    return new Map(references.map(({ unit }) => [unit, this.units.get(unit) ?? { state: 'unknown' }]));
  }

  /** Destroys or loses every key of a person. */
  end(person: string, state: 'destroyed' | 'lost'): void {
    for (const [unit, key] of this.units) {
      if (key.state === 'open' && key.key.person === person)
        this.units.set(unit, state === 'lost' ? { state } : { state, receipt: randomId() });
    }
  }

  /** Destroys the key of one unit. */
  endUnit(unit: string): void {
    this.units.set(unit, { state: 'destroyed', receipt: randomId() });
  }

  put(key: UnitKey): void {
    this.units.set(key.unit, { state: 'open', key });
  }

  private keep(name: string, { person, category, day }: UnitRequest): UnitKey {
    const [unit, key] = [randomId(), randomBytes(32)];
    const made = { unit, fingerprint: fingerprintOf(key, unit), category, person, key, ...(day ? { day } : {}) };
    this.named.set(name, made);
    this.put(made);
    return made;
  }
}
