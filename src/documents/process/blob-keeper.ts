import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '@ardoise/time';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import type { AppLog } from '../../platform/logging';
import { Platform } from '../../platform/platform';
import { LOG } from '../../platform/tokens';
import { BlobChecks } from './blob-checks';
import { BlobSweeping } from './blob-sweeping';
import { RecordedBlobs } from './recorded-blobs';

const everyMilliseconds = 600_000;
const dayMilliseconds = 86_400_000;

/** Once a day for each organisation, in whichever process comes first: sweeps files, and checks those on record. */
@Injectable()
export class BlobKeeper {
  private running: Promise<number> | undefined;

  constructor(
    private readonly directory: OrganisationDirectory,
    private readonly recorded: RecordedBlobs,
    private readonly checks: BlobChecks,
    private readonly sweeping: BlobSweeping,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(LOG) private readonly log: AppLog,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (this.platform.departure.isLeft) return;
    try {
      await this.keepDue();
    } catch (error) {
      this.log.warn({ error: (error as Error).name }, 'files of documents could not be looked at; trying again');
    }
  }

  /** Looks after those organisations that it is time for; gives how many. */
  keepDue(): Promise<number> {
    this.running ??= this.keep().finally(() => (this.running = undefined));
    return this.running;
  }

  private async keep(): Promise<number> {
    let kept = 0;
    for (const organisation of this.directory.slugs()) {
      const now = this.clock.now();
      const due = new Date(now.getTime() - dayMilliseconds);
      if (!(await this.recorded.claimCheck(organisation, due, now))) continue;
      const swept = await this.swept(organisation);
      const { orphans, sound, missing, altered, unreadable } = await this.checks.run(organisation);
      const counts = { sound, missing, altered, unreadable, orphans, swept };
      this.log.info({ organisation, ...counts }, 'files of documents were checked');
      kept += 1;
    }
    return kept;
  }

  /** What keeps the sweep from its work must not keep the check from raising its alarm. */
  private async swept(organisation: string): Promise<number> {
    try {
      return await this.sweeping.sweep(organisation);
    } catch (error) {
      this.log.warn({ organisation, error: (error as Error).name }, 'files of documents could not be swept');
      return 0;
    }
  }
}
