import type { Lease, LeaseTable } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import { liveFeed, type NewEntry, type Plan } from './entry';

/** How far a feed has followed the log. */
export interface Feed {
  readonly organisation: string;
  readonly feed: string;
  /** What follows from all up to here is in the outbox. */
  readonly position: bigint;
  /** Where a replay ends. */
  readonly until?: bigint;
}

interface Row {
  organisation: string;
  feed: string;
  position: string;
  until: string | null;
}

/** The feeds that fill the outbox, and the one way into it. */
export class Feeds {
  constructor(
    private readonly pool: Pool,
    private readonly leases: LeaseTable,
  ) {}

  async list(organisation?: string): Promise<Feed[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT organisation, feed, position, until FROM outbox.feeds
       WHERE $1::text IS NULL OR organisation = $1 ORDER BY organisation, feed`,
      [organisation ?? null],
    );
    return rows.map(({ position, until, ...row }) => ({
      ...row,
      position: BigInt(position),
      ...(until === null ? {} : { until: BigInt(until) }),
    }));
  }

  async find(organisation: string, feed: string): Promise<Feed | undefined> {
    return (await this.list(organisation)).find((one) => one.feed === feed);
  }

  /** Begins a feed after a position; one that is there goes on where it is. */
  async open({ organisation, feed, position, until }: Feed): Promise<void> {
    await this.pool.query(
      'INSERT INTO outbox.feeds (organisation, feed, position, until) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [organisation, feed, position, until ?? null],
    );
  }

  async close(organisation: string, feed: string): Promise<void> {
    await this.pool.query('DELETE FROM outbox.feeds WHERE organisation = $1 AND feed = $2', [organisation, feed]);
  }

  /** Only back: the log behind it is another one. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.pool.query('UPDATE outbox.feeds SET position = least(position, $2) WHERE organisation = $1', [
      organisation,
      to,
    ]);
  }

  /**
   * Keeps what follows from a batch and moves the feed past it, in one transaction under the lane's fence.
   * @throws LeaseLostError: another worker has the lane, and plans the same.
   */
  async commit(lease: Lease, feed: Feed, through: bigint, plan: Plan, now: Date): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await this.leases.guard(client, lease);
      if (plan.entries.length > 0) await enqueue(client, feed, plan.entries, now);
      await plan.also?.(client);
      const over = feed.until !== undefined && through >= feed.until;
      await client.query(
        over
          ? 'DELETE FROM outbox.feeds WHERE organisation = $1 AND feed = $2 AND $3::bigint IS NOT NULL'
          : 'UPDATE outbox.feeds SET position = greatest(position, $3) WHERE organisation = $1 AND feed = $2',
        [feed.organisation, feed.feed, through],
      );
    });
  }
}

/** What the live feed meets again is in the outbox already; a replay has it told again, under the same key. */
async function enqueue(
  client: PoolClient,
  { organisation, feed }: Feed,
  entries: readonly NewEntry[],
  now: Date,
): Promise<void> {
  const again =
    feed === liveFeed || feed.endsWith(`:${liveFeed}`)
      ? 'DO NOTHING'
      : `(organisation, destination, key) DO UPDATE
           SET state = 'pending', enqueued_at = excluded.enqueued_at, failures = 0, next_try = NULL, ended_at = NULL,
               error_code = NULL, status = NULL, replays = e.replays + 1
         WHERE e.state <> 'pending'`;
  await client.query(
    `INSERT INTO outbox.entries AS e (organisation, destination, key, stream, position, kind, detail, enqueued_at)
     SELECT $1, n.destination, n.key, n.stream, n.position, n.kind, n.detail, $8
       FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[])
         AS n (destination, key, stream, position, kind, detail)
     ON CONFLICT ${again}`,
    [
      organisation,
      entries.map(({ destination }) => destination),
      entries.map(({ key }) => key),
      entries.map(({ stream }) => stream),
      entries.map(({ position }) => position),
      entries.map(({ kind }) => kind),
      entries.map(({ detail }) => JSON.stringify(detail)),
      now,
    ],
  );
}
