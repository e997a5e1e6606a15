import type { Pool } from 'pg';

/** Why somebody let a dead letter of a process go: words of ours, for theirs could name persons. */
export const dismissalReasons = ['done-otherwise', 'not-wanted', 'cannot-be-done'] as const;
export type DismissalReason = (typeof dismissalReasons)[number];

/** Which process stands still, and at what. */
export interface Standing {
  readonly organisation: string;
  readonly process: string;
  readonly stream: string;
  /** `step/NAME`, `timer/NAME`, `event/ID` of what it was told of, or `stream` where its own stream cannot be read. */
  readonly standsAt: string;
}

/** What a process cannot take, and stands still at, alone: ids and codes, never a value. */
export interface ProcessDeadLetter extends Standing {
  readonly code: string;
  readonly failedAt: Date;
}

/** What a process could not take, and an operator let go. */
export interface ProcessDismissal extends Standing {
  readonly code: string;
  readonly reason: DismissalReason;
  readonly dismissedAt: Date;
}

/** A step that was let go. It is told to the process only while the state wants it since that event. */
export interface LetGo {
  readonly step: string;
  /** Last event of the process when it was let go. */
  readonly after: string;
  /** Somebody did it otherwise; else it counts as refused. */
  readonly isDone: boolean;
}

export interface DismissalTerms {
  readonly reason: DismissalReason;
  readonly now: Date;
  /** What the process is to be told when it is looked at next. */
  readonly letGo?: LetGo;
  /** The event of another stream that it is not to be told of. */
  readonly event?: string;
}

/** Which part of a list: so many, behind the one that the part before ended with. */
export interface LetterPage {
  readonly limit: number;
  readonly after?: Pick<ProcessDeadLetter, 'failedAt' | 'process' | 'stream'>;
}

export interface DismissalPage {
  readonly limit: number;
  readonly after?: Pick<ProcessDismissal, 'dismissedAt' | 'process' | 'stream' | 'standsAt'>;
}

interface LetterRow {
  organisation: string;
  process: string;
  stream: string;
  stands_at: string;
  error_code: string;
  failed_at: Date;
}

interface DismissalRow {
  organisation: string;
  process: string;
  stream: string;
  stands_at: string;
  code: string;
  reason: DismissalReason;
  dismissed_at: Date;
}

/** Processes that stand still, and what became of what they stood still at. */
export class DeadLetters {
  constructor(private readonly pool: Pool) {}

  /** Those of an organisation that stand still, the latest first. */
  async list(organisation: string, { limit, after }: LetterPage): Promise<ProcessDeadLetter[]> {
    const { rows } = await this.pool.query<LetterRow>(
      `SELECT organisation, process, stream, stands_at, error_code, failed_at FROM process_managers.instances
        WHERE organisation = $1 AND state = 'stopped'
          AND ($3::timestamptz IS NULL OR (failed_at, process, stream) < ($3, $4, $5))
        ORDER BY failed_at DESC, process DESC, stream DESC LIMIT $2`,
      [organisation, limit, after?.failedAt ?? null, after?.process ?? null, after?.stream ?? null],
    );
    return rows.map(letterOf);
  }

  /** How many stand still, of all organisations. */
  async counts(): Promise<{ readonly organisation: string; readonly process: string; readonly count: number }[]> {
    const { rows } = await this.pool.query<{ organisation: string; process: string; count: string }>(
      `SELECT organisation, process, count(*) AS count FROM process_managers.instances
        WHERE state = 'stopped' GROUP BY organisation, process`,
    );
    return rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }));
  }

  async has({ organisation, process, stream, standsAt }: Standing): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `SELECT FROM process_managers.instances
        WHERE organisation = $1 AND process = $2 AND stream = $3 AND stands_at = $4 AND state = 'stopped'`,
      [organisation, process, stream, standsAt],
    );
    return rowCount === 1;
  }

  /**
   * Keeps that something was let go, and has the process go on, in one statement: whoever dies before it has done
   * nothing, and after it nothing is missing. False where it does not stand still at that any more.
   */
  async dismiss({ organisation, process, stream, standsAt }: Standing, terms: DismissalTerms): Promise<boolean> {
    const { reason, now, letGo, event } = terms;
    const { rowCount } = await this.pool.query(
      `WITH stopped AS (
         SELECT organisation, process, stream, stands_at, error_code FROM process_managers.instances
          WHERE organisation = $1 AND process = $2 AND stream = $3 AND stands_at = $4 AND state = 'stopped' FOR UPDATE
       ), kept AS (
         INSERT INTO process_managers.dismissals (organisation, process, stream, stands_at, code, reason, dismissed_at)
         SELECT organisation, process, stream, stands_at, error_code, $5, $6 FROM stopped
       ), untold AS (
         DELETE FROM process_managers.inbox i USING stopped s
          WHERE i.organisation = s.organisation AND i.process = s.process AND i.stream = s.stream AND i.event = $7
       )
       UPDATE process_managers.instances i
          SET state = 'running', failures = 0, error_code = NULL, stands_at = NULL, failed_at = NULL,
              due_at = '-infinity', calls = i.calls + 1, let_go_step = $8, let_go_after = $9, let_go_done = $10
         FROM stopped s WHERE i.organisation = s.organisation AND i.process = s.process AND i.stream = s.stream`,
      [
        ...[organisation, process, stream, standsAt, reason, now, event ?? null],
        ...[letGo?.step ?? null, letGo?.after ?? null, letGo?.isDone ?? null],
      ],
    );
    return rowCount === 1;
  }

  /** Whether just that was let go for just that reason: whoever asks again has what they asked for. */
  async wasDismissed({ organisation, process, stream, standsAt }: Standing, reason: DismissalReason): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `SELECT FROM process_managers.dismissals
        WHERE organisation = $1 AND process = $2 AND stream = $3 AND stands_at = $4 AND reason = $5 LIMIT 1`,
      [organisation, process, stream, standsAt, reason],
    );
    return rowCount === 1;
  }

  /** What was let go, the latest first. */
  async dismissals(organisation: string, { limit, after }: DismissalPage): Promise<ProcessDismissal[]> {
    const { rows } = await this.pool.query<DismissalRow>(
      `SELECT organisation, process, stream, stands_at, code, reason, dismissed_at FROM process_managers.dismissals
        WHERE organisation = $1
          AND ($3::timestamptz IS NULL OR (dismissed_at, process, stream, stands_at) < ($3, $4, $5, $6))
        ORDER BY dismissed_at DESC, process DESC, stream DESC, stands_at DESC LIMIT $2`,
      [
        ...[organisation, limit, after?.dismissedAt ?? null],
        ...[after?.process ?? null, after?.stream ?? null, after?.standsAt ?? null],
      ],
    );
    return rows.map(dismissalOf);
  }
}

function letterOf({ stands_at: standsAt, error_code: code, failed_at: failedAt, ...row }: LetterRow) {
  return { ...row, standsAt, code, failedAt };
}

function dismissalOf({ stands_at: standsAt, dismissed_at: dismissedAt, ...row }: DismissalRow) {
  return { ...row, standsAt, dismissedAt };
}
