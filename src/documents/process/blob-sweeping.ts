import { Inject, Injectable } from '@nestjs/common';
import { Blobs } from '@ardoise/blobs';
import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import { Platform } from '../../platform/platform';
import { Reactions } from '../../platform/reactions';
import { EVENT_STORE } from '../../platform/tokens';
import { document as documentRules } from '../domain/document';
import { BlobRemoval } from './blob-removal';
import { type BlobRow, RecordedBlobs } from './recorded-blobs';

/** Far longer than any upload takes from the file to the event. */
const orphanAgeMilliseconds = 86_400_000;

/** Removes files that nothing on record needs. */
@Injectable()
export class BlobSweeping {
  constructor(
    private readonly platform: Platform,
    private readonly blobs: Blobs,
    private readonly recorded: RecordedBlobs,
    private readonly removal: BlobRemoval,
    private readonly reactions: Reactions,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * Gives how many files were removed. None in quarantine, or when the log was left: in a log that is too old, every newer
   * file looks like an orphan, and the log that knows it may yet be put back, or goes on elsewhere.
   */
  async sweep(organisation: string): Promise<number> {
    if (this.platform.rests(organisation)) return 0;
    return (await this.sweepOrphans(organisation)) + (await this.sweepEnded(organisation));
  }

  /**
   * What a crash left between the file and its event. A file is an orphan only if the table has seen the whole log and
   * does not have it: the head is read after the files are listed, so the event of a file that old, if there is one,
   * lies before it.
   */
  private async sweepOrphans(organisation: string): Promise<number> {
    const before = new Date(this.clock.now().getTime() - orphanAgeMilliseconds);
    const old = (await this.recorded.leftWritten(organisation, before)).map(({ blob }) => blob);
    for await (const { blob, writtenAt } of this.blobs.store.list(organisation)) {
      if (writtenAt < before) old.push(blob);
    }
    const head = await this.store.head(organisation);
    let swept = await this.blobs.store.sweepDrafts(organisation, before);
    if ((await this.reactions.running().passed(organisation)) < head) return swept;
    for (const blob of old) {
      const row = await this.recorded.find(organisation, blob);
      if (row?.state === 'recorded') continue;
      if (row?.state === 'written' && (await this.isNamed(organisation, row))) {
        await this.recorded.confirm(organisation, blob);
        continue;
      }
      await this.removal.remove(organisation, blob);
      swept += 1;
    }
    return swept;
  }

  /** Whether the log has the event all the same: somebody let go what the reaction should have made of it. */
  private async isNamed(organisation: string, { blob, document }: BlobRow): Promise<boolean> {
    const events = await this.store.readStream(organisation, `${documentRules.kind}-${document}`);
    return events.some(({ header }) => readHeader(header).facts.blob === blob);
  }

  /** What ended while nobody looked: an event recorded just when its unit was fenced, a table restored from before. */
  private async sweepEnded(organisation: string): Promise<number> {
    let swept = 0;
    for await (const page of this.recorded.all(organisation)) {
      const ending = page.filter(({ state }) => state === 'ending');
      await this.removal.removeAll(organisation, ending);
      swept += ending.length;
      swept += await this.removal.removeEnded(
        organisation,
        page.filter((row) => !ending.includes(row)),
      );
    }
    return swept;
  }
}
