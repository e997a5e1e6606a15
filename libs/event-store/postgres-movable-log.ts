import { inTransaction } from '@ardoise/postgres';
import type { Pool } from 'pg';
import type { EventStore } from './event-store';
import type { MovableLog, Placement } from './movable-log';
import { placeEvents } from './place.sql';

export interface PostgresMovableLogOptions {
  /** Sessions of the database's owner: no role of ours may mark a log, or put events into it. */
  readonly pool: Pool;
  /** The same log, read. */
  readonly store: EventStore;
}

/** The log on PostgreSQL, with the mark in its heads. */
export class PostgresMovableLog implements MovableLog {
  readonly engine = 'PostgreSQL';
  readonly store: EventStore;
  private readonly pool: Pool;
  private mark = 'elsewhere';

  constructor({ pool, store }: PostgresMovableLogOptions) {
    this.pool = pool;
    this.store = store;
  }

  async isClosed(): Promise<boolean> {
    const { rows } = await this.pool.query('SELECT FROM log.heads WHERE left_for IS NOT NULL LIMIT 1');
    return rows.length > 0;
  }

  /** Appends that are under way are waited for by the lock; those that come behind it meet the mark. */
  async close(goesOnAt: string): Promise<void> {
    this.mark = goesOnAt;
    await inTransaction(this.pool, async (client) => {
      await client.query('LOCK TABLE log.heads IN SHARE ROW EXCLUSIVE MODE');
      await client.query('UPDATE log.heads SET left_for = $1 WHERE left_for IS NULL', [goesOnAt]);
    });
  }

  async open(): Promise<void> {
    await this.pool.query('UPDATE log.heads SET left_for = NULL WHERE left_for IS NOT NULL');
  }

  /** One transaction: a copy that is killed leaves all of it or nothing. */
  async place(placement: Placement): Promise<void> {
    if (placement.events.length === 0) return;
    await inTransaction(this.pool, (client) => placeEvents(client, placement, this.mark));
  }
}
