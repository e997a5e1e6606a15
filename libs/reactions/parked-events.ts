import type { Lease, LeaseTable } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';

/** An event that a reaction has left aside, so that other streams go on. Ids and codes, never a value. */
export interface ParkedEvent {
  readonly organisation: string;
  readonly reaction: string;
  readonly stream: string;
  readonly position: bigint;
  readonly event: string;
  /** Why it was given up; absent: it waits for the one before it in its stream, or to be tried again. */
  readonly code?: string;
}

export type NewParkedEvent = Pick<ParkedEvent, 'stream' | 'position' | 'event' | 'code'>;

interface Row {
  organisation: string;
  reaction: string;
  stream: string;
  position: string;
  event: string;
  code: string | null;
}

const columns = 'organisation, reaction, stream, position, event, code';

/**
 * Events that reactions gave up, and those that wait behind them in their streams. The first of a stream is to be tried
 * when it bears no code.
 */
export class ParkedEvents {
  constructor(
    private readonly pool: Pool,
    private readonly leases: LeaseTable,
  ) {}

  /** In the order of the log. */
  async list(organisation?: string, reaction?: string): Promise<ParkedEvent[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM reactions.parked
        WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR reaction = $2)
        ORDER BY organisation, reaction, position`,
      [organisation ?? null, reaction ?? null],
    );
    return rows.map(parkedOf);
  }

  /** The first of a stream. */
  async first(organisation: string, reaction: string, stream: string): Promise<ParkedEvent | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM reactions.parked
        WHERE organisation = $1 AND reaction = $2 AND stream = $3 ORDER BY position LIMIT 1`,
      [organisation, reaction, stream],
    );
    return rows[0] && parkedOf(rows[0]);
  }

  /** What was left aside is done, or is there no more. @throws LeaseLostError */
  async done(lease: Lease, { position }: ParkedEvent): Promise<void> {
    await this.guarded(
      lease,
      'DELETE FROM reactions.parked WHERE organisation = $1 AND reaction = $2 AND position = $3',
      [position],
    );
  }

  /** @throws LeaseLostError */
  async failed(lease: Lease, { position }: ParkedEvent, code: string): Promise<void> {
    await this.guarded(
      lease,
      'UPDATE reactions.parked SET code = $4 WHERE organisation = $1 AND reaction = $2 AND position = $3',
      [position, code],
    );
  }

  /** Has what was given up tried again: one event, all of a reaction, or all. Gives how many. */
  async restart(organisation?: string, reaction?: string, event?: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE reactions.parked SET code = NULL
        WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR reaction = $2)
          AND ($3::text IS NULL OR event = $3) AND code IS NOT NULL`,
      [organisation ?? null, reaction ?? null, event ?? null],
    );
    return rowCount ?? 0;
  }

  /** Lets go what was given up, which is kept on record; what waits behind it is tried. False where it was not given up. */
  async dismiss(organisation: string, reaction: string, event: string, now: Date): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `WITH gone AS (
         DELETE FROM reactions.parked
          WHERE organisation = $1 AND reaction = $2 AND event = $3 AND code IS NOT NULL RETURNING ${columns}
       )
       INSERT INTO reactions.dismissals (organisation, reaction, event, position, code, dismissed_at)
       SELECT organisation, reaction, event, position, code, $4 FROM gone
       ON CONFLICT (organisation, reaction, event) DO UPDATE SET dismissed_at = excluded.dismissed_at`,
      [organisation, reaction, event, now],
    );
    return rowCount === 1;
  }

  private async guarded(lease: Lease, statement: string, values: readonly unknown[]): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await this.leases.guard(client, lease);
      await client.query(statement, [lease.organisation, lease.purpose, ...values]);
    });
  }
}

/** Keeps what is left aside, in the transaction that moves the checkpoint past it. */
export async function park(client: PoolClient, lease: Lease, parked: readonly NewParkedEvent[]): Promise<void> {
  for (const { stream, position, event, code } of parked) {
    await client.query(
      `INSERT INTO reactions.parked (${columns}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [lease.organisation, lease.purpose, stream, position, event, code ?? null],
    );
  }
}

function parkedOf({ position, code, ...row }: Row): ParkedEvent {
  return { ...row, position: BigInt(position), ...(code === null ? {} : { code }) };
}
