import type { Pool } from 'pg';
import type { Destination } from './entry';

/** The circuit breaker of one receiver: closed, open until an instant, or after that half open. */
export interface Breaker {
  /** Failures in a row, over all that goes there. */
  readonly failures: number;
  /** Nothing is sent before; absent while it is closed. */
  readonly openUntil?: Date;
}

/** What is remembered of receivers, for all workers and beyond their lives. */
export class Breakers {
  constructor(private readonly pool: Pool) {}

  async find({ organisation, destination }: Destination): Promise<Breaker> {
    const { rows } = await this.pool.query<{ failures: number; open_until: Date | null }>(
      'SELECT failures, open_until FROM outbox.destinations WHERE organisation = $1 AND destination = $2',
      [organisation, destination],
    );
    const [row] = rows;
    return { failures: row?.failures ?? 0, ...(row?.open_until ? { openUntil: row.open_until } : {}) };
  }

  async keep({ organisation, destination }: Destination, { failures, openUntil }: Breaker): Promise<void> {
    await this.pool.query(
      `INSERT INTO outbox.destinations (organisation, destination, failures, open_until) VALUES ($1, $2, $3, $4)
       ON CONFLICT (organisation, destination) DO UPDATE SET failures = excluded.failures, open_until = excluded.open_until`,
      [organisation, destination, failures, openUntil ?? null],
    );
  }

  /** The receiver is tried at the next look, whatever the clock of whoever asks for that says. */
  async halfOpen({ organisation, destination }: Destination): Promise<void> {
    await this.pool.query(
      `UPDATE outbox.destinations SET open_until = to_timestamp(0)
        WHERE organisation = $1 AND destination = $2 AND open_until IS NOT NULL`,
      [organisation, destination],
    );
  }

  async remove({ organisation, destination }: Destination): Promise<void> {
    await this.pool.query('DELETE FROM outbox.destinations WHERE organisation = $1 AND destination = $2', [
      organisation,
      destination,
    ]);
  }
}
