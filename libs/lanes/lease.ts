import type { Clock } from '@ardoise/time';
import type { Pool, PoolClient } from 'pg';

/** The right to run a lane, until it lapses; the fence says which taking of it this is. */
export interface Lease {
  readonly organisation: string;
  /** What the lane is for: `projections`, `rebuild`, a reaction's name. */
  readonly purpose: string;
  readonly owner: string;
  /** Grows with each change of hands; a commit under an older one is refused. */
  readonly fence: bigint;
}

export interface LeaseEntry extends Lease {
  readonly leasedUntil: Date;
}

/** The lease was taken by another worker: what was done under it must not be committed. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly code = 'lease-lost';
}

/** The lane stands at what this program cannot read and another that works can: it is given up, for the other to take. */
export class LaneHandedOverError extends Error {
  override readonly name = 'LaneHandedOverError';
  readonly code = 'lane-handed-over';

  constructor(
    readonly type: string,
    readonly schema: number,
  ) {
    super(`the lane stands at "${type}" version ${schema}, which another worker knows`);
  }
}

/** DDL of a table of leases. */
export function leaseTable(table: string): string {
  return `CREATE TABLE ${table} (
  organisation text NOT NULL,
  purpose text NOT NULL,
  owner text NOT NULL,
  fence bigint NOT NULL,
  leased_until timestamptz NOT NULL,
  PRIMARY KEY (organisation, purpose)
);`;
}

/**
 * Leases of lanes. Their times are those of the injected clock (invariant 12): a clock that is wrong costs a lane its
 * speed, never its correctness, which hangs on the fence alone.
 */
export class LeaseTable {
  constructor(
    private readonly pool: Pool,
    private readonly table: string,
    private readonly clock: Clock,
    private readonly owner: string,
    readonly leaseMilliseconds: number,
  ) {}

  /** Takes a lane that is free, lapsed, or already ours; undefined when another worker has it. */
  async take(organisation: string, purpose: string): Promise<Lease | undefined> {
    const now = this.clock.now();
    const { rows } = await this.pool.query<{ fence: string }>(
      `INSERT INTO ${this.table} AS l (organisation, purpose, owner, fence, leased_until) VALUES ($1, $2, $3, 1, $4)
       ON CONFLICT (organisation, purpose) DO UPDATE
         SET owner = excluded.owner, fence = l.fence + 1, leased_until = excluded.leased_until
         WHERE l.leased_until <= $5 OR l.owner = excluded.owner
       RETURNING fence`,
      [organisation, purpose, this.owner, this.until(now), now],
    );
    return rows[0] && { organisation, purpose, owner: this.owner, fence: BigInt(rows[0].fence) };
  }

  /** Prolongs a lease; false when it has been taken by another. */
  async renew(lease: Lease): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE ${this.table} SET leased_until = $4 WHERE organisation = $1 AND purpose = $2 AND fence = $3`,
      [lease.organisation, lease.purpose, lease.fence, this.until(this.clock.now())],
    );
    return rowCount === 1;
  }

  /** Gives a lane back at once; nothing happens when it is no longer ours. */
  async release(lease: Lease): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.table} SET leased_until = '-infinity' WHERE organisation = $1 AND purpose = $2 AND fence = $3`,
      [lease.organisation, lease.purpose, lease.fence],
    );
  }

  /**
   * Holds the lease through a transaction: a worker that takes the lane over waits until this one's batch is committed
   * or gone, and one that was paused past its lease cannot commit. @throws LeaseLostError
   */
  async guard(client: PoolClient, lease: Lease): Promise<void> {
    const { rowCount } = await client.query({
      name: `guard-${this.table}`,
      text: `SELECT FROM ${this.table} WHERE organisation = $1 AND purpose = $2 AND fence = $3 FOR SHARE`,
      values: [lease.organisation, lease.purpose, lease.fence],
    });
    if (rowCount !== 1) throw new LeaseLostError(`the lane ${lease.organisation}/${lease.purpose} was taken over`);
  }

  async list(): Promise<LeaseEntry[]> {
    const { rows } = await this.pool.query<{
      organisation: string;
      purpose: string;
      owner: string;
      fence: string;
      leased_until: Date;
    }>(
      `SELECT organisation, purpose, owner, fence, leased_until FROM ${this.table}
       WHERE leased_until <> '-infinity' ORDER BY organisation, purpose`,
    );
    return rows.map(({ fence, leased_until, ...row }) => ({
      ...row,
      fence: BigInt(fence),
      leasedUntil: leased_until,
    }));
  }

  private until(now: Date): Date {
    return new Date(now.getTime() + this.leaseMilliseconds);
  }
}
