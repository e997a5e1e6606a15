import { Inject, Injectable } from '@nestjs/common';
import { conflict, Recorder } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { sameExternalId, type ExternalId } from '../domain/events';
import { person } from '../domain/person';

interface Claimant {
  readonly person: string;
  readonly stream: string;
}

/** A registration that has recorded nothing after this long is not under way any more. */
const abandonedAfterMilliseconds = 10 * 60_000;

/**
 * External ids are unique in an organisation: each is claimed in the vault, by keyed digest under the person's account
 * unit, before the append that records it. Claiming again by the same person changes nothing, so a command that was
 * interrupted between the two is repeated as it is.
 */
@Injectable()
export class ExternalIdClaims {
  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @throws Refusal `external-id-taken`, at the index within `at` where there are several */
  async claim(organisation: string, claimant: Claimant, ids: readonly ExternalId[], at: string): Promise<void> {
    if (ids.length === 0) return;
    const [key] = await this.vault.sealingKeys(organisation, [{ ...claimant, category: 'account' }]);
    for (const [index, id] of ids.entries()) {
      const put = (): Promise<boolean> =>
        this.vault.putLookup(organisation, id.system, id.externalId, claimant.person, key?.unit ?? '');
      if (await put()) continue;
      if ((await this.dropAbandoned(organisation, id)) && (await put())) continue;
      const place = ids.length > 1 ? `${at}/${index}` : at;
      throw conflict('external-id-taken', 'another person has this external id', place);
    }
  }

  /** Gives back what a person claimed and did not come to have. */
  async release(organisation: string, claimant: Claimant, ids: readonly ExternalId[]): Promise<void> {
    if (ids.length === 0) return;
    const { state } = await this.recorder.load(person, organisation, claimant.stream);
    for (const id of ids) {
      if (state.externalIds.some((known) => sameExternalId(known, id))) continue;
      await this.vault.dropLookup(organisation, id.system, id.externalId, claimant.person);
    }
  }

  /** A process that died between claim and append, and whose client never came back, holds no id for ever. */
  private async dropAbandoned(organisation: string, { system, externalId }: ExternalId): Promise<boolean> {
    const holder = await this.vault.findByLookup(organisation, system, externalId);
    const entry = holder === undefined ? undefined : await this.vault.person(organisation, holder);
    if (entry?.stream === undefined) return false;
    const { version } = await this.recorder.load(person, organisation, entry.stream);
    if (version > 0) return false;
    const units = await this.vault.unitsOf(organisation, [entry.person]);
    const newest = Math.max(...units.map(({ createdAt }) => createdAt.getTime()));
    if (newest > this.clock.now().getTime() - abandonedAfterMilliseconds) return false;
    await this.vault.dropLookup(organisation, system, externalId, entry.person);
    return true;
  }
}
