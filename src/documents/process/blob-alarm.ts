import { Inject, Injectable } from '@nestjs/common';
import type { BlobError, BlobState } from '@ardoise/blobs';
import { counterIn, gaugeIn } from '@ardoise/lanes';
import type { Counter, Gauge, Registry } from 'prom-client';
import type { AppLog } from '../../platform/logging';
import { LOG, METRICS } from '../../platform/tokens';

export type BlobCounts = Readonly<Record<BlobState, number>>;

/** Tells whoever watches over the server that a file is not as it was recorded: ids and counts, nothing of anybody. */
@Injectable()
export class BlobAlarm {
  private readonly alarms: Counter<'organisation' | 'code'>;
  private readonly files: Gauge<'organisation' | 'state'>;

  constructor(
    @Inject(METRICS) metrics: Registry,
    @Inject(LOG) private readonly log: AppLog,
  ) {
    this.alarms = counterIn(
      metrics,
      'ardoise_blob_alarms_total',
      'Files of documents that were found missing, altered or unreadable.',
      ['organisation', 'code'],
    );
    this.files = gaugeIn(metrics, 'ardoise_blobs', 'Files of documents at the last check, by what it found.', [
      'organisation',
      'state',
    ]);
  }

  raise(organisation: string, { code, blob }: Pick<BlobError, 'code' | 'blob'>): void {
    this.alarms.inc({ organisation, code });
    this.log.error({ organisation, code, blob }, 'a file is not as it was recorded');
  }

  checked(organisation: string, counts: BlobCounts): void {
    for (const [state, count] of Object.entries(counts)) this.files.set({ organisation, state }, count);
  }
}
