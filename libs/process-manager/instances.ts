import type { Lease, LeaseTable } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { Pool } from 'pg';
import type { LetGo } from './dead-letters';

/** A process to be looked at. */
export interface DueInstance {
  readonly organisation: string;
  readonly stream: string;
  /** How often it was asked to be looked at: whoever looked knows by it whether that was enough. */
  readonly calls: bigint;
  readonly failures: number;
  /** A step of it that somebody let go, and that it was not told of yet. */
  readonly letGo?: LetGo;
}

/** An event of another stream that a process was not told of yet. */
export interface InboxEntry {
  readonly position: bigint;
  readonly event: string;
}

export interface Failure {
  readonly standsAt: string;
  readonly code: string;
  readonly now: Date;
  /** Absent: it stands still from now on. */
  readonly nextTry?: Date;
}

interface DueRow {
  stream: string;
  calls: string;
  failures: number;
  let_go_step: string | null;
  let_go_after: string | null;
  let_go_done: boolean | null;
}

/** Which processes are to be looked at, and when. All here can be made again from the log. */
export class Instances {
  constructor(
    private readonly pool: Pool,
    private readonly leases: LeaseTable,
  ) {}

  /** Has a process looked at now, and told of an event where there is one. */
  async call(organisation: string, process: string, stream: string, now: Date, entry?: InboxEntry): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      if (entry) {
        await client.query(
          `INSERT INTO process_managers.inbox (organisation, process, stream, position, event)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
          [organisation, process, stream, entry.position, entry.event],
        );
      }
      await client.query(
        `INSERT INTO process_managers.instances AS i (organisation, process, stream, due_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation, process, stream) DO UPDATE
           SET calls = i.calls + 1, due_at = CASE WHEN i.failures > 0 THEN i.due_at ELSE excluded.due_at END`,
        [organisation, process, stream, now],
      );
    });
  }

  async due(organisation: string, process: string, now: Date, limit: number): Promise<DueInstance[]> {
    const { rows } = await this.pool.query<DueRow>(
      `SELECT stream, calls, failures, let_go_step, let_go_after, let_go_done FROM process_managers.instances
        WHERE organisation = $1 AND process = $2 AND state = 'running' AND due_at <= $3 ORDER BY due_at, stream LIMIT $4`,
      [organisation, process, now, limit],
    );
    return rows.map((row) => {
      const { stream, calls, failures, let_go_step: step, let_go_after: after, let_go_done: isDone } = row;
      const due = { organisation, stream, calls: BigInt(calls), failures };
      return step === null || after === null ? due : { ...due, letGo: { step, after, isDone: isDone === true } };
    });
  }

  async firstInInbox(organisation: string, process: string, stream: string): Promise<InboxEntry | undefined> {
    const { rows } = await this.pool.query<{ position: string; event: string }>(
      `SELECT position, event FROM process_managers.inbox
        WHERE organisation = $1 AND process = $2 AND stream = $3 ORDER BY position LIMIT 1`,
      [organisation, process, stream],
    );
    return rows[0] && { position: BigInt(rows[0].position), event: rows[0].event };
  }

  async told(organisation: string, process: string, stream: string, { position }: InboxEntry): Promise<void> {
    await this.pool.query(
      'DELETE FROM process_managers.inbox WHERE organisation = $1 AND process = $2 AND stream = $3 AND position = $4',
      [organisation, process, stream, position],
    );
  }

  /**
   * Leaves a process alone until an instant, or until it is called. It stays due where it was called since it was found
   * due. @throws LeaseLostError
   */
  async rest(lease: Lease, { organisation, stream, calls }: DueInstance, until: Date | undefined): Promise<void> {
    await this.guarded(
      lease,
      until
        ? `UPDATE process_managers.instances
              SET due_at = $5, failures = 0, error_code = NULL, stands_at = NULL, failed_at = NULL,
                  let_go_step = NULL, let_go_after = NULL, let_go_done = NULL
            WHERE organisation = $1 AND process = $2 AND stream = $3 AND calls = $4`
        : `DELETE FROM process_managers.instances
            WHERE organisation = $1 AND process = $2 AND stream = $3 AND calls = $4`,
      [organisation, lease.purpose, stream, calls, ...(until ? [until] : [])],
    );
  }

  /** Forgets a process of which nothing can be recorded any more. @throws LeaseLostError */
  async over(lease: Lease, due: DueInstance): Promise<void> {
    const { organisation, stream } = due;
    await this.guarded(
      lease,
      'DELETE FROM process_managers.inbox WHERE organisation = $1 AND process = $2 AND stream = $3',
      [organisation, lease.purpose, stream],
    );
    await this.rest(lease, due, undefined);
  }

  /** @throws LeaseLostError */
  async failed(lease: Lease, { organisation, stream }: DueInstance, failure: Failure): Promise<void> {
    const { code, standsAt, now, nextTry } = failure;
    await this.guarded(
      lease,
      `UPDATE process_managers.instances
          SET failures = failures + 1, error_code = $4, stands_at = $5, failed_at = $6, due_at = coalesce($7, due_at),
              state = CASE WHEN $7::timestamptz IS NULL THEN 'stopped' ELSE 'running' END
        WHERE organisation = $1 AND process = $2 AND stream = $3`,
      [organisation, lease.purpose, stream, code, standsAt, now, nextTry ?? null],
    );
  }

  /** Leaves a process alone until an instant: what it waits for is no failure of its own. @throws LeaseLostError */
  async putOff(lease: Lease, { organisation, stream, calls }: DueInstance, until: Date): Promise<void> {
    await this.guarded(
      lease,
      `UPDATE process_managers.instances SET due_at = $5
        WHERE organisation = $1 AND process = $2 AND stream = $3 AND calls = $4`,
      [organisation, lease.purpose, stream, calls, until],
    );
  }

  /** Whoever stands still goes on: one, where it stands at just that, all of a process, or all of an organisation. Gives how many. */
  async restart(organisation: string, process?: string, stream?: string, standsAt?: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE process_managers.instances
          SET state = 'running', failures = 0, error_code = NULL, stands_at = NULL, failed_at = NULL,
              due_at = '-infinity', calls = calls + 1
        WHERE organisation = $1 AND ($2::text IS NULL OR process = $2) AND ($3::text IS NULL OR stream = $3)
          AND ($4::text IS NULL OR stands_at = $4) AND state = 'stopped'`,
      [organisation, process ?? null, stream ?? null, standsAt ?? null],
    );
    return rowCount ?? 0;
  }

  /** The log behind a position is another one: what came from there is not told, and everybody is looked at again. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query('DELETE FROM process_managers.inbox WHERE organisation = $1 AND position > $2', [
        organisation,
        to,
      ]);
      await client.query(
        `UPDATE process_managers.instances SET calls = calls + 1, due_at = '-infinity'
          WHERE organisation = $1 AND state = 'running'`,
        [organisation],
      );
    });
  }

  /** How many are to be looked at now. */
  async countDue(organisation: string, now: Date): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(
      `SELECT count(*) AS count FROM process_managers.instances
        WHERE organisation = $1 AND state = 'running' AND due_at <= $2`,
      [organisation, now],
    );
    return Number(rows[0]?.count ?? 0);
  }

  private async guarded(lease: Lease, statement: string, values: unknown[]): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await this.leases.guard(client, lease);
      await client.query(statement, values);
    });
  }
}
