import { Injectable } from '@nestjs/common';
import { errorCode } from '@ardoise/lanes';
import { Clock } from '@ardoise/time';
import { DataSource } from 'typeorm';
import { Platform } from '../../platform/platform';
import type { ProcessStanding } from '../../platform/capability';

/** The id of the look for what is due, which can fail by itself. */
export const lookForDue = 'due';

export type EndProcess = 'day-ends' | 'kept-ends' | 'organisation-ends';

/** What of a process is under way: its name, and an id within it. */
export interface EndName {
  readonly process: EndProcess;
  readonly organisation: string;
  /** `lookForDue` is the look for what is due. */
  readonly id: string;
}

interface Row extends EndName {
  readonly failures: number;
  readonly code: string;
  readonly failed_at: Date;
  readonly next_try: Date;
}

export type Failing = NonNullable<ProcessStanding['failing']>;

/** Pauses after failures, in milliseconds; the last one repeats. */
const backOff = [1_000, 5_000, 30_000, 120_000, 600_000] as const;

const oldMilliseconds = 86_400_000;

/** What of the ends failed at its last try, in a table: whoever looks, in whatever process, sees it. */
@Injectable()
export class EndFailures {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly platform: Platform,
  ) {}

  /**
   * Works, unless it failed and the next try has not come. What fails is kept, with a growing pause, and not thrown; then
   * it gives when to try again.
   */
  async guard(name: EndName, work: () => Promise<unknown>): Promise<Date | undefined> {
    try {
      const [failed] = await this.find(name);
      if (failed && failed.next_try.getTime() > this.clock.now().getTime()) return failed.next_try;
      await work();
      if (failed) await this.forget(name);
      return undefined;
    } catch (error) {
      // Where even this fails the database is away, and the next look tries again.
      return this.keep(name, errorCode(error)).catch(() => this.clock.now());
    }
  }

  /** What fails of a process, by organisation and id. */
  async of(process: EndProcess): Promise<{ organisation: string; id: string; failing: Failing }[]> {
    const rows: Row[] = await this.database.query(
      'SELECT * FROM keys.end_failures WHERE process = $1 ORDER BY organisation, id',
      [process],
    );
    return rows.map(({ organisation, id, code, failures, failed_at, next_try }) => ({
      organisation,
      id,
      failing: { code, failures, failedAt: failed_at, nextTry: next_try },
    }));
  }

  /** Forgets what was ended by another way since; what still fails is tried, and kept, more often than this. */
  async forgetOld(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - oldMilliseconds);
    await this.database.query('DELETE FROM keys.end_failures WHERE failed_at < $1', [before]);
  }

  private async find({ process, organisation, id }: EndName): Promise<Row[]> {
    return this.database.query('SELECT * FROM keys.end_failures WHERE process = $1 AND organisation = $2 AND id = $3', [
      process,
      organisation,
      id,
    ]);
  }

  private async forget({ process, organisation, id }: EndName): Promise<void> {
    await this.database.query('DELETE FROM keys.end_failures WHERE process = $1 AND organisation = $2 AND id = $3', [
      process,
      organisation,
      id,
    ]);
  }

  private async keep({ process, organisation, id }: EndName, code: string): Promise<Date> {
    const [known] = await this.find({ process, organisation, id });
    const failures = known?.failures ?? 0;
    const now = this.clock.now();
    const pause = backOff[Math.min(failures, backOff.length - 1)] as number;
    const nextTry = new Date(now.getTime() + pause);
    await this.database.query(
      `INSERT INTO keys.end_failures (process, organisation, id, failures, code, failed_at, next_try)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (process, organisation, id) DO UPDATE
          SET failures = excluded.failures, code = excluded.code, failed_at = excluded.failed_at, next_try = excluded.next_try`,
      [process, organisation, id, failures + 1, code, now, nextTry],
    );
    const told = { process, organisation, id, code, failures: failures + 1 };
    this.platform.log.warn(told, 'what is due could not be ended; it is tried again');
    return nextTry;
  }
}
