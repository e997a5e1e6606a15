import { Injectable } from '@nestjs/common';
import { Blobs, type BlobState } from '@ardoise/blobs';
import { BlobAlarm, type BlobCounts } from './blob-alarm';
import { RecordedBlobs, type BlobRow } from './recorded-blobs';

/** A file that is not as it was recorded. */
export interface WrongBlob {
  readonly blob: string;
  readonly document: string;
  readonly state: Exclude<BlobState, 'sound'>;
}

export interface BlobReport extends BlobCounts {
  readonly organisation: string;
  /** Files that no document is on record for: what a crash left, or an upload under way. No alarm. */
  readonly orphans: number;
  /** At most the first hundred. */
  readonly wrong: readonly WrongBlob[];
}

export interface BlobCheckOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const mostNamed = 100;

/** Compares every file with what is on record of it; no key is needed. */
@Injectable()
export class BlobChecks {
  constructor(
    private readonly blobs: Blobs,
    private readonly recorded: RecordedBlobs,
    private readonly alarm: BlobAlarm,
  ) {}

  async run(organisation: string, { signal, onProgress }: BlobCheckOptions = {}): Promise<BlobReport> {
    const counts = { sound: 0, missing: 0, altered: 0, unreadable: 0 };
    const wrong: WrongBlob[] = [];
    const total = await this.recorded.count(organisation);
    let done = 0;
    for await (const page of this.recorded.all(organisation)) {
      for (const row of page) {
        if (signal?.aborted) break;
        const state = await this.stateOf(organisation, row);
        if (state === undefined) continue;
        counts[state] += 1;
        done += 1;
        onProgress?.(done, Math.max(done, total));
        if (state === 'sound') continue;
        this.alarm.raise(organisation, { code: `blob-${state}`, blob: row.blob });
        if (wrong.length < mostNamed) wrong.push({ blob: row.blob, document: row.document, state });
      }
    }
    this.alarm.checked(organisation, counts);
    return { organisation, ...counts, orphans: await this.orphans(organisation), wrong };
  }

  /** Undefined for a file that is not to be looked at: its event is not there yet, or it is being removed. */
  private async stateOf(organisation: string, row: BlobRow): Promise<BlobState | undefined> {
    if (row.state !== 'recorded') return undefined;
    const state = await this.blobs.check(organisation, row);
    if (state === 'sound') return state;
    // It may have ended since the page was read, and then it is rightly gone.
    const now = await this.recorded.find(organisation, row.blob);
    return now?.state === 'recorded' ? state : undefined;
  }

  private async orphans(organisation: string): Promise<number> {
    let orphans = 0;
    for await (const { blob } of this.blobs.store.list(organisation)) {
      if ((await this.recorded.find(organisation, blob)) === undefined) orphans += 1;
    }
    return orphans;
  }
}
