import type { Vault } from '@ardoise/vault';
import { offer } from '../domain/offer';

/** The stream of all offers that are made to one enrolment. Without the naming key nothing leads from one to the other. */
export async function offersOf(vault: Pick<Vault, 'naming'>, organisation: string, enrolment: string): Promise<string> {
  const naming = await vault.naming(organisation);
  return `${offer.kind}-${naming.id('offer', enrolment)}`;
}
