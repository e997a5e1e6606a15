import { type Lease, LeaseLostError } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import { type NewParkedEvent, park } from './parked-events';

/** Why a reaction stands still: ids and codes, never a value. */
export interface ReactionStop {
  readonly code: string;
  readonly event: string;
  readonly position: bigint;
  /** Of the stored event, where this code cannot read such a type or version. */
  readonly type?: string;
  readonly schema?: number;
}

/** Everything up to `position` has been done, but for what is parked. */
export interface ReactionCheckpoint {
  readonly organisation: string;
  readonly reaction: string;
  readonly position: bigint;
  readonly stopped?: ReactionStop;
}

/** An event that a reaction could not take, and that an operator let go. */
export interface Dismissal extends ReactionStop {
  readonly organisation: string;
  readonly reaction: string;
  readonly dismissedAt: Date;
}

interface Row {
  organisation: string;
  reaction: string;
  position: string;
  state: 'running' | 'stopped';
  error_code: string | null;
  error_event: string | null;
  error_position: string | null;
  error_type: string | null;
  error_schema: string | null;
}

/** The checkpoints of durable steps, each moved only under the lane's fence. */
export class ReactionCheckpoints {
  constructor(private readonly pool: Pool) {}

  async list(organisation?: string, reaction?: string): Promise<ReactionCheckpoint[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT organisation, reaction, position, state, error_code, error_event, error_position, error_type, error_schema
       FROM reactions.checkpoints
       WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR reaction = $2)
       ORDER BY organisation, reaction`,
      [organisation ?? null, reaction ?? null],
    );
    return rows.map((row) => {
      const checkpoint = { organisation: row.organisation, reaction: row.reaction, position: BigInt(row.position) };
      if (row.state === 'running') return checkpoint;
      const [code, event] = [row.error_code ?? 'unknown', row.error_event ?? 'unknown'];
      const version = row.error_type === null ? {} : { type: row.error_type, schema: Number(row.error_schema) };
      return {
        ...checkpoint,
        stopped: { code, event, position: BigInt(row.error_position ?? row.position), ...version },
      };
    });
  }

  /** A reaction's checkpoint, made before the first event when there is none. */
  async find(organisation: string, reaction: string): Promise<ReactionCheckpoint> {
    const [found] = await this.list(organisation, reaction);
    if (found) return found;
    await this.pool.query(
      'INSERT INTO reactions.checkpoints (organisation, reaction, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING',
      [organisation, reaction],
    );
    const [made] = await this.list(organisation, reaction);
    return made as ReactionCheckpoint;
  }

  /** @throws LeaseLostError: another worker has the lane, and does again what this one has done. */
  async move(
    lease: Lease,
    position: bigint,
    stopped?: ReactionStop,
    parked: readonly NewParkedEvent[] = [],
  ): Promise<void> {
    if (parked.length === 0) return this.advance(this.pool, lease, position, stopped);
    await inTransaction(this.pool, async (client) => {
      await this.advance(client, lease, position, stopped);
      await park(client, lease, parked);
    });
  }

  /** Under the fence, in one statement: this is done all along the log. */
  private async advance(
    by: Pool | PoolClient,
    lease: Lease,
    position: bigint,
    stopped: ReactionStop | undefined,
  ): Promise<void> {
    const { rowCount } = await by.query({
      name: 'reactions-advance',
      text: `WITH held AS (SELECT FROM reactions.lanes WHERE organisation = $1 AND purpose = $2 AND fence = $9 FOR SHARE)
       UPDATE reactions.checkpoints
         SET position = greatest(position, $3), state = CASE WHEN $4::text IS NULL THEN 'running' ELSE 'stopped' END,
             error_code = $4, error_event = $5, error_position = $6, error_type = $7, error_schema = $8
         WHERE organisation = $1 AND reaction = $2 AND EXISTS (SELECT FROM held)`,
      values: [
        lease.organisation,
        lease.purpose,
        position,
        stopped?.code ?? null,
        stopped?.event ?? null,
        stopped?.position ?? null,
        stopped?.type ?? null,
        stopped?.schema ?? null,
        lease.fence,
      ],
    });
    if (rowCount !== 1) throw new LeaseLostError(`the lane ${lease.organisation}/${lease.purpose} was taken over`);
  }

  /** Only back: what was not done yet is not passed over. A lane that runs meanwhile would move on from where it is. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.pool.query(
      `WITH gone AS (DELETE FROM reactions.parked WHERE organisation = $1 AND position > $2)
       UPDATE reactions.checkpoints
          SET position = least(position, $2), state = 'running', error_code = NULL, error_event = NULL,
              error_position = NULL, error_type = NULL, error_schema = NULL
        WHERE organisation = $1 AND position > $2`,
      [organisation, to],
    );
  }

  async restart(organisation?: string, reaction?: string, event?: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE reactions.checkpoints SET state = 'running', error_code = NULL, error_event = NULL, error_position = NULL,
         error_type = NULL, error_schema = NULL
       WHERE state = 'stopped'
         AND ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR reaction = $2)
         AND ($3::text IS NULL OR error_event = $3)`,
      [organisation ?? null, reaction ?? null, event ?? null],
    );
    return rowCount ?? 0;
  }

  /**
   * Lets a reaction go on behind the event that it stands still at, which is kept on record; false where it does not
   * stand still there.
   */
  async dismiss(organisation: string, reaction: string, event: string, now: Date): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `WITH stopped AS (
         SELECT organisation, reaction, error_event, error_position, error_code FROM reactions.checkpoints
          WHERE organisation = $1 AND reaction = $2 AND state = 'stopped' AND error_event = $3 FOR UPDATE
       ), kept AS (
         INSERT INTO reactions.dismissals (organisation, reaction, event, position, code, dismissed_at)
         SELECT organisation, reaction, error_event, error_position, error_code, $4 FROM stopped
         ON CONFLICT (organisation, reaction, event) DO UPDATE SET dismissed_at = excluded.dismissed_at
       )
       UPDATE reactions.checkpoints c
          SET position = s.error_position, state = 'running', error_code = NULL, error_event = NULL, error_position = NULL,
              error_type = NULL, error_schema = NULL
         FROM stopped s WHERE c.organisation = s.organisation AND c.reaction = s.reaction`,
      [organisation, reaction, event, now],
    );
    return rowCount === 1;
  }

  /** What was let go, the latest first. */
  async dismissals(organisation: string): Promise<Dismissal[]> {
    const { rows } = await this.pool.query<{
      reaction: string;
      event: string;
      position: string;
      code: string;
      dismissed_at: Date;
    }>(
      `SELECT reaction, event, position, code, dismissed_at FROM reactions.dismissals
        WHERE organisation = $1 ORDER BY dismissed_at DESC, position DESC LIMIT 500`,
      [organisation],
    );
    return rows.map(({ position, dismissed_at, ...row }) => ({
      organisation,
      ...row,
      position: BigInt(position),
      dismissedAt: dismissed_at,
    }));
  }
}
