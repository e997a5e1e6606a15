import { Inject, Injectable } from '@nestjs/common';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { PersonRows } from './person-rows';

/** How somebody is written to. */
export interface Contact {
  readonly email?: string;
  readonly givenName?: string;
}

/** Addresses of persons as they stand now. */
@Injectable()
export class PersonContacts {
  constructor(
    private readonly rows: PersonRows,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Undefined for whoever is erased, is being erased, or was never there. */
  async of(organisation: string, person: string): Promise<Contact | undefined> {
    if ((await this.vault.person(organisation, person))?.state !== 'active') return undefined;
    const aliases = await this.vault.aliases(organisation, person);
    const shown = await this.rows.one(organisation, person, aliases);
    const value = (name: string): string | undefined => shown?.profileValues.find((one) => one.name === name)?.value;
    const [email, givenName] = [value('email'), value('given-name')];
    return { ...(email === undefined ? {} : { email }), ...(givenName === undefined ? {} : { givenName }) };
  }
}
