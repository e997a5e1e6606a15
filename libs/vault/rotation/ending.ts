import type { Clock } from '@ardoise/time';
import { idOf, type VaultDatabase } from '../database';
import type { KeyEncryption } from '../key-encryption/key-encryption';
import { notify } from '../notices';
import { type GroupReference, VaultError } from '../vault';
import { markDestroyed, unusedKeks } from './keks';
import type { RotationEntry } from './rotations';

/** The end of an old epoch: its group keys, and then the key-encryption key that wrapped them. */
export class EpochEnding {
  constructor(
    private readonly database: VaultDatabase,
    private readonly keyEncryption: KeyEncryption,
    private readonly clock: Clock,
  ) {}

  /** Groups that this rotation, or one before it, retired. */
  async retired({ organisation, epoch }: RotationEntry): Promise<GroupReference[]> {
    const rows = await this.database.query<{
      id: string;
      fingerprint: Buffer;
      epoch: number;
      category: string | null;
      day: string | null;
    }>(
      `SELECT id, fingerprint, epoch, category, day::text AS day FROM vault.groups
        WHERE organisation = $1 AND state = 'retired' AND retired_by <= $2 ORDER BY id`,
      [organisation, epoch],
    );
    return rows.map((row) => ({
      group: idOf(row.id),
      fingerprint: row.fingerprint.toString('hex'),
      epoch: row.epoch,
      ...(row.category === null ? {} : { category: row.category }),
      ...(row.day === null ? {} : { day: row.day }),
    }));
  }

  /**
   * Destroys group keys under which nothing lives any more. The event is no receipt for anything: a unit that were found
   * under such a group has lost its key without having been ended, and must not read as erased.
   */
  async destroyGroups(organisation: string, event: string, groups: readonly GroupReference[]): Promise<void> {
    const ids = groups.map(({ group }) => group);
    await this.database.transaction(async (statements) => {
      await statements.query(
        `INSERT INTO vault.endings (id, organisation, fingerprint, event, ended_at)
         SELECT id, organisation, fingerprint, $3, $4 FROM vault.groups
          WHERE id = ANY($1::uuid[]) AND organisation = $2 AND state = 'retired'
         ON CONFLICT DO NOTHING`,
        [ids, organisation, event, this.clock.now()],
      );
      await statements.query(
        `UPDATE vault.groups SET state = 'destroyed', wrapped = NULL
          WHERE id = ANY($1::uuid[]) AND organisation = $2 AND state = 'retired'`,
        [ids, organisation],
      );
    });
    await notify(this.database, 'all');
  }

  /**
   * Destroys retired key-encryption keys that wrap no living group; gives those that the provider refused to. Nothing can
   * come under one between our looking and its end: what is retired takes no group.
   */
  async destroyKeks(onDestroyed: () => Promise<void>): Promise<{ kek: string; error: VaultError }[]> {
    const refused: { kek: string; error: VaultError }[] = [];
    for (const kek of await unusedKeks(this.database)) {
      try {
        await this.keyEncryption.destroy(kek);
        await markDestroyed(this.database, kek, this.clock.now());
        await onDestroyed();
      } catch (error) {
        if (!(error instanceof VaultError) || error.code === 'vault-unavailable') throw error;
        refused.push({ kek, error });
      }
    }
    return refused;
  }
}
