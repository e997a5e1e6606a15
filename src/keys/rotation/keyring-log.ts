import type { GroupReference, RotationLog, Vault } from '@ardoise/vault';
import type { Keyring } from '../keyring';

/** A rotation's words, as events of the organisation's keyring. Their command ids follow from the epoch. */
export class KeyringLog implements RotationLog {
  constructor(
    private readonly keyring: Keyring,
    private readonly vault: Vault,
  ) {}

  async rotated(organisation: string, epoch: number, previousEndsAt: Date): Promise<void> {
    const command = { type: 'rotate-keys' as const, epoch, previousEndsAt: previousEndsAt.toISOString() };
    await this.keyring.record(organisation, await this.step(organisation, epoch, 'keys-rotated'), command);
  }

  async ended(organisation: string, epoch: number, groups: readonly GroupReference[]) {
    const command = { type: 'end-groups' as const, cause: 'epoch' as const, groups };
    const commandId = await this.step(organisation, epoch, 'groups-ended');
    const entries = await this.keyring.record(organisation, commandId, command);
    return entries.flatMap(({ event }) =>
      event.type === 'groups-ended' ? [{ event: event.id, groups: event.facts.groups }] : [],
    );
  }

  private async step(organisation: string, epoch: number, step: string): Promise<string> {
    return (await this.vault.naming(organisation)).step(`rotation-${epoch}`, step);
  }
}
