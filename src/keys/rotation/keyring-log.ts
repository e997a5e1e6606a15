import type { GroupReference, RotationEntry, RotationLog, Vault } from '@ardoise/vault';
import type { Keyring } from '../keyring';

/** A rotation's words, as events of the organisation's keyring. Their command ids follow from the rotation. */
export class KeyringLog implements RotationLog {
  constructor(
    private readonly keyring: Keyring,
    private readonly vault: Vault,
  ) {}

  async rotated(rotation: RotationEntry, previousEndsAt: Date): Promise<void> {
    const { organisation, epoch } = rotation;
    const command = { type: 'rotate-keys' as const, epoch, previousEndsAt: previousEndsAt.toISOString() };
    await this.keyring.record(organisation, await this.step(rotation, 'keys-rotated'), command);
  }

  async ended(rotation: RotationEntry, groups: readonly GroupReference[]) {
    const command = { type: 'end-groups' as const, cause: 'epoch' as const, groups };
    const commandId = await this.step(rotation, 'groups-ended');
    const entries = await this.keyring.record(rotation.organisation, commandId, command);
    return entries.flatMap(({ event }) =>
      event.type === 'groups-ended' ? [{ event: event.id, groups: event.facts.groups }] : [],
    );
  }

  /** Of this rotation alone: a vault restored from a backup may come to the same epoch a second time. */
  private async step({ organisation, epoch, begunAt }: RotationEntry, step: string): Promise<string> {
    return (await this.vault.naming(organisation)).step(`rotation-${epoch}-${begunAt.toISOString()}`, step);
  }
}
