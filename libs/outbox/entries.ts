import type { Pool } from 'pg';
import type { Destination, OutboxEntry } from './entry';

export type EntryState = 'pending' | 'delivered' | 'dead' | 'dismissed';

/** An entry as it is looked at: what became of it, without any content, which is kept nowhere. */
export interface ListedEntry extends OutboxEntry {
  readonly state: EntryState;
  readonly enqueuedAt: Date;
  readonly triedAt?: Date;
  readonly endedAt?: Date;
  readonly nextTry?: Date;
  readonly code?: string;
  readonly status?: number;
  /** How often it was asked for again. */
  readonly replays: number;
}

export type DeadLetter = ListedEntry;

export interface EntryFilter {
  readonly organisation: string;
  readonly destination?: string;
  readonly state?: EntryState;
  /** Entries before this one, for the page that follows. */
  readonly before?: { readonly position: bigint; readonly key: string };
  readonly limit: number;
}

interface Row {
  organisation: string;
  destination: string;
  key: string;
  stream: string;
  position: string;
  kind: string;
  detail: { readonly [name: string]: unknown };
  state: EntryState;
  attempts: number;
  failures: number;
  enqueued_at: Date;
  tried_at: Date | null;
  ended_at: Date | null;
  next_try: Date | null;
  error_code: string | null;
  status: number | null;
  replays: number;
}

const columns = `e.organisation, e.destination, e.key, e.stream, e.position, e.kind, e.detail, e.state, e.attempts,
  e.failures, e.enqueued_at, e.tried_at, e.ended_at, e.next_try, e.error_code, e.status, e.replays`;

/** An entry whose turn has come. */
export type DueEntry = OutboxEntry & { readonly failures: number; readonly enqueuedAt: Date };

/** What is to be told, and what became of it. Nothing here needs a fence: what was delivered was, whoever writes it. */
export class Entries {
  constructor(private readonly pool: Pool) {}

  /** The first entries of streams none of whose entries waits for its next try. */
  async due({ organisation, destination }: Destination, now: Date, limit: number): Promise<DueEntry[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM outbox.entries e
        WHERE e.organisation = $1 AND e.destination = $2 AND e.state = 'pending'
          AND NOT EXISTS (
            SELECT FROM outbox.entries w
             WHERE w.organisation = $1 AND w.destination = $2 AND w.stream = e.stream
               AND w.state = 'pending' AND w.next_try IS NOT NULL AND w.next_try > $3)
        ORDER BY e.position, e.key LIMIT $4`,
      [organisation, destination, now, limit],
    );
    return rows.map((row) => ({ ...listed(row), failures: row.failures }));
  }

  async ended(
    { organisation, destination, key }: OutboxEntry,
    state: Exclude<EntryState, 'pending'>,
    outcome: { readonly now: Date; readonly code?: string; readonly status?: number },
  ): Promise<void> {
    await this.pool.query(
      `UPDATE outbox.entries SET state = $4, attempts = attempts + 1, tried_at = $5, ended_at = $5, next_try = NULL,
              error_code = $6, status = $7
        WHERE organisation = $1 AND destination = $2 AND key = $3 AND state = 'pending'`,
      [organisation, destination, key, state, outcome.now, outcome.code ?? null, outcome.status ?? null],
    );
  }

  async failed(
    { organisation, destination, key }: OutboxEntry,
    outcome: { readonly now: Date; readonly nextTry: Date; readonly code: string; readonly status?: number },
  ): Promise<void> {
    await this.pool.query(
      `UPDATE outbox.entries SET attempts = attempts + 1, failures = failures + 1, tried_at = $4, next_try = $5,
              error_code = $6, status = $7
        WHERE organisation = $1 AND destination = $2 AND key = $3 AND state = 'pending'`,
      [organisation, destination, key, outcome.now, outcome.nextTry, outcome.code, outcome.status ?? null],
    );
  }

  /** A receiver answers again: what waits for it need not wait any longer. */
  async hurry({ organisation, destination }: Destination): Promise<void> {
    await this.pool.query(
      `UPDATE outbox.entries SET next_try = NULL
        WHERE organisation = $1 AND destination = $2 AND state = 'pending' AND next_try IS NOT NULL`,
      [organisation, destination],
    );
  }

  /** Gives up what waits since before the instant. */
  async bury({ organisation, destination }: Destination, before: Date, code: string, now: Date): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE outbox.entries SET state = 'dead', ended_at = $5, next_try = NULL, error_code = coalesce(error_code, $4)
        WHERE organisation = $1 AND destination = $2 AND state = 'pending' AND enqueued_at <= $3`,
      [organisation, destination, before, code, now],
    );
    return rowCount ?? 0;
  }

  /** Dead letters are tried again, one or all of a destination. Gives how many. */
  async retry({ organisation, destination }: Destination, key: string | undefined, now: Date): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE outbox.entries SET state = 'pending', enqueued_at = $4, ended_at = NULL, next_try = NULL, failures = 0
        WHERE organisation = $1 AND destination = $2 AND ($3::text IS NULL OR key = $3) AND state = 'dead'`,
      [organisation, destination, key ?? null, now],
    );
    return rowCount ?? 0;
  }

  /** Dead letters are let go, one or all of a destination. Gives how many. */
  async dismiss({ organisation, destination }: Destination, key: string | undefined, now: Date): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE outbox.entries SET state = 'dismissed', ended_at = $4
        WHERE organisation = $1 AND destination = $2 AND ($3::text IS NULL OR key = $3) AND state = 'dead'`,
      [organisation, destination, key ?? null, now],
    );
    return rowCount ?? 0;
  }

  async find({ organisation, destination }: Destination, key: string): Promise<ListedEntry | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM outbox.entries e WHERE e.organisation = $1 AND e.destination = $2 AND e.key = $3`,
      [organisation, destination, key],
    );
    return rows[0] && listed(rows[0]);
  }

  /** The latest positions first. */
  async list({ organisation, destination, state, before, limit }: EntryFilter): Promise<ListedEntry[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM outbox.entries e
        WHERE e.organisation = $1 AND ($2::text IS NULL OR e.destination = $2) AND ($3::text IS NULL OR e.state = $3)
          AND ($4::bigint IS NULL OR (e.position, e.key) < ($4, $5))
        ORDER BY e.position DESC, e.key DESC LIMIT $6`,
      [organisation, destination ?? null, state ?? null, before?.position ?? null, before?.key ?? '', limit],
    );
    return rows.map(listed);
  }

  /** How many there are of each state that asks for something. */
  async counts(): Promise<{ organisation: string; destination: string; state: EntryState; count: number }[]> {
    const { rows } = await this.pool.query<{
      organisation: string;
      destination: string;
      state: EntryState;
      count: string;
    }>(
      `SELECT organisation, destination, state, count(*) AS count FROM outbox.entries
        WHERE state IN ('pending', 'dead') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    );
    return rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }));
  }

  /**
   * A position of a log before which nothing was recorded since the instant: of the last entry made before it, and the
   * log's beginning where none is known any more.
   */
  async positionBefore(organisation: string, instant: Date): Promise<bigint> {
    const { rows } = await this.pool.query<{ position: string }>(
      'SELECT coalesce(max(position), 0) AS position FROM outbox.entries WHERE organisation = $1 AND enqueued_at < $2',
      [organisation, instant],
    );
    return BigInt(rows[0]?.position ?? 0);
  }

  /** Removes what was delivered or dismissed before the instant. */
  async prune(before: Date): Promise<void> {
    await this.pool.query(`DELETE FROM outbox.entries WHERE state IN ('delivered', 'dismissed') AND ended_at < $1`, [
      before,
    ]);
  }

  async removeAll({ organisation, destination }: Destination): Promise<void> {
    await this.pool.query('DELETE FROM outbox.entries WHERE organisation = $1 AND destination = $2', [
      organisation,
      destination,
    ]);
  }
}

function listed(row: Row): ListedEntry {
  const { organisation, destination, key, stream, kind, detail, state, attempts, replays } = row;
  return {
    organisation,
    destination,
    key,
    stream,
    position: BigInt(row.position),
    kind,
    detail,
    state,
    attempts,
    replays,
    enqueuedAt: row.enqueued_at,
    ...(row.tried_at ? { triedAt: row.tried_at } : {}),
    ...(row.ended_at ? { endedAt: row.ended_at } : {}),
    ...(row.next_try ? { nextTry: row.next_try } : {}),
    ...(row.error_code === null ? {} : { code: row.error_code }),
    ...(row.status === null ? {} : { status: row.status }),
  };
}
