import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { upon, type Reaction } from '@ardoise/reactions';
import { groupsEnded, keysFenced } from '../../keys/domain/events';
import { EVENT_STORE } from '../../platform/tokens';
import { documentRecorded, documentWithdrawn } from '../domain/events';
import { BlobRemoval } from './blob-removal';
import { blobUnit } from './blob-unit';
import { RecordedBlobs } from './recorded-blobs';

interface Recorded {
  readonly organisation: string;
  readonly stream: string;
  readonly recordedAt: string;
  readonly facts: { readonly blob: string; readonly length: number; readonly digest: string };
  readonly closed: readonly object[];
}

/**
 * Keeps the table of files as the log has it, and removes a file when its unit ends or its document is withdrawn. The key
 * has made it unreadable before or does so right after; removing only gives the space back and leaves less to guess at.
 */
@Injectable()
export class KeepBlobs implements Reaction {
  readonly name = 'documents';

  readonly on = {
    ...upon(documentRecorded, (event) => this.record(event)),
    ...upon(documentWithdrawn, async ({ organisation, stream }) => {
      const rows = await this.recorded.ofDocument(organisation, stream.slice(-32));
      await this.removal.removeAll(organisation, rows);
    }),
    ...upon(keysFenced, async ({ organisation, facts }) => {
      const units = facts.units.map(([unit]) => unit);
      await this.removal.removeAll(organisation, await this.recorded.ofUnits(organisation, units));
    }),
    ...upon(groupsEnded, async ({ organisation, facts }) => {
      // A day's group holds no documents, and under the groups of an epoch that ended nothing lives any more.
      if (facts.cause === 'contract') await this.removal.removeWhole(organisation);
    }),
  };

  constructor(
    private readonly recorded: RecordedBlobs,
    private readonly removal: BlobRemoval,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** The row is there since before the event, but where the table was restored from before it. */
  private async record(event: Recorded): Promise<void> {
    const { organisation, facts, closed } = event;
    if (!(await this.recorded.confirm(organisation, facts.blob))) await this.insert(event);
    if (closed.length === 0) return;
    const row = await this.recorded.find(organisation, facts.blob);
    if (row) await this.removal.removeEnded(organisation, [row]);
  }

  private async insert({ organisation, stream, recordedAt, facts }: Recorded): Promise<void> {
    const { unit, fingerprint } = await blobUnit(this.store, organisation, stream);
    const row = { ...facts, document: stream.slice(-32), unit, fingerprint };
    await this.recorded.recorded(organisation, row, new Date(recordedAt));
  }
}
