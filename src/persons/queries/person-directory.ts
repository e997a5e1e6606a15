import { Inject, Injectable } from '@nestjs/common';
import { conflict, notFound, Refusal } from '@ardoise/decider';
import type { PersonEntry, Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';

/** What other capabilities may ask of persons: whether they are there, and under which ids they are known. */
@Injectable()
export class PersonDirectory {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  /**
   * Whether a person may be read about.
   * @throws Refusal `person-not-found` (404), `person-erased` (410)
   */
  async require(organisation: string, person: string): Promise<void> {
    const { state } = await this.entry(organisation, person);
    if (state !== 'active') throw new Refusal('gone', 'person-erased', 'the person has been erased');
  }

  /**
   * Whether something may be recorded about a person.
   * @param at pointer to the field of the request that names the person, where it is not the path
   * @throws Refusal `person-not-found` (404), `person-erased` (409)
   */
  async requireLiving(organisation: string, person: string, at?: string): Promise<PersonEntry> {
    const entry = await this.entry(organisation, person, at);
    if (entry.state !== 'active') throw conflict('person-erased', 'the person has been erased', at);
    return entry;
  }

  /** The person and every one that was found to be the same, sorted. @throws VaultError `person-unknown` */
  aliases(organisation: string, person: string): Promise<readonly string[]> {
    return this.vault.aliases(organisation, person);
  }

  /** As `require`, and gives the aliases: what a query about a person begins with. */
  async known(organisation: string, person: string): Promise<readonly string[]> {
    await this.require(organisation, person);
    return this.aliases(organisation, person);
  }

  private async entry(organisation: string, person: string, at?: string): Promise<PersonEntry> {
    const entry = await this.vault.person(organisation, person);
    if (!entry) throw notFound('person-not-found', 'there is no such person', at);
    return entry;
  }
}
