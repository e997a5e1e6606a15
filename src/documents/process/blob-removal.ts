import { Inject, Injectable } from '@nestjs/common';
import { Blobs } from '@ardoise/blobs';
import { anchorReceipt, type Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { RecordedBlobs, type BlobRow } from './recorded-blobs';

/** Removes files. Each step can be repeated, and a crash between them is made good by repeating. */
@Injectable()
export class BlobRemoval {
  constructor(
    private readonly blobs: Blobs,
    private readonly recorded: RecordedBlobs,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** First the mark, so that a missing file is no alarm; last the row, so that a file that is still there is found. */
  async remove(organisation: string, blob: string): Promise<void> {
    await this.recorded.ending(organisation, blob);
    await this.blobs.store.remove(organisation, blob);
    await this.recorded.forget(organisation, blob);
  }

  async removeAll(organisation: string, rows: Iterable<{ readonly blob: string }>): Promise<void> {
    for (const { blob } of rows) await this.remove(organisation, blob);
  }

  /**
   * Removes those whose unit has ended; gives how many. An anchor's word alone removes nothing: the log that it
   * contradicts may yet be recovered, and then says so itself.
   */
  async removeEnded(organisation: string, rows: readonly BlobRow[]): Promise<number> {
    const keys = await this.vault.openingKeys(organisation, rows);
    const ended = rows.filter(({ unit }) => {
      const key = keys.get(unit);
      return key?.state === 'destroyed' && key.receipt !== anchorReceipt;
    });
    await this.removeAll(organisation, ended);
    return ended.length;
  }

  /** All files of an organisation, on record or not. */
  async removeWhole(organisation: string): Promise<void> {
    for await (const page of this.recorded.all(organisation)) await this.removeAll(organisation, page);
    for await (const { blob } of this.blobs.store.list(organisation)) {
      await this.blobs.store.remove(organisation, blob);
    }
  }
}
