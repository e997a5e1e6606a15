import type { Pool } from 'pg';
import type { ProcessDeadLetter } from './instances';

/** Why somebody let a dead letter of a process go: words of ours, for theirs could name persons. */
export const dismissalReasons = ['done-otherwise', 'not-wanted', 'cannot-be-done'] as const;
export type DismissalReason = (typeof dismissalReasons)[number];

/** What a process could not take, and an operator let go. */
export interface ProcessDismissal extends Omit<ProcessDeadLetter, 'failedAt'> {
  readonly reason: DismissalReason;
  readonly dismissedAt: Date;
}

export class Dismissals {
  constructor(private readonly pool: Pool) {}

  async keep(dismissal: ProcessDismissal): Promise<void> {
    const { organisation, process, stream, standsAt, code, reason, dismissedAt } = dismissal;
    await this.pool.query(
      `INSERT INTO process_managers.dismissals (organisation, process, stream, stands_at, code, reason, dismissed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [organisation, process, stream, standsAt, code, reason, dismissedAt],
    );
  }

  /** The latest first. */
  async list(organisation: string): Promise<ProcessDismissal[]> {
    const { rows } = await this.pool.query<{
      organisation: string;
      process: string;
      stream: string;
      stands_at: string;
      code: string;
      reason: DismissalReason;
      dismissed_at: Date;
    }>(
      `SELECT organisation, process, stream, stands_at, code, reason, dismissed_at FROM process_managers.dismissals
        WHERE organisation = $1 ORDER BY dismissed_at DESC, stream LIMIT 500`,
      [organisation],
    );
    return rows.map(({ stands_at: standsAt, dismissed_at: dismissedAt, ...row }) => ({
      ...row,
      standsAt,
      dismissedAt,
    }));
  }
}
