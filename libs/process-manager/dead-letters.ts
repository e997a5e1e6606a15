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

  /** Those that stand still, the latest first. */
  async list(organisation?: string): Promise<ProcessDeadLetter[]> {
    const { rows } = await this.pool.query<LetterRow>(
      `SELECT organisation, process, stream, stands_at, error_code, failed_at FROM process_managers.instances
        WHERE ($1::text IS NULL OR organisation = $1) AND state = 'stopped'
        ORDER BY organisation, failed_at DESC, stream LIMIT 500`,
      [organisation ?? null],
    );
    return rows.map(letterOf);
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
  async dismissals(organisation: string): Promise<ProcessDismissal[]> {
    const { rows } = await this.pool.query<DismissalRow>(
      `SELECT organisation, process, stream, stands_at, code, reason, dismissed_at FROM process_managers.dismissals
        WHERE organisation = $1 ORDER BY dismissed_at DESC, stream LIMIT 500`,
      [organisation],
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
