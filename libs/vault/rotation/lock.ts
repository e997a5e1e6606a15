import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

/** Any number, the same for all who rotate. */
const lock = 4_151_702_220;
const askAgainMilliseconds = 250;

/**
 * One rotation at a time over all processes, by a lock that lives as long as its connection: that of a process which
 * was killed is free at once. It spares work; what makes rotation safe are the locks of rows in each transaction.
 */
export class RotationLock {
  private constructor(private readonly client: PoolClient) {}

  /** `undefined` when another process rotates and `wait` is false, or the signal came first. */
  static async take(pool: Pool, wait: boolean, signal?: AbortSignal): Promise<RotationLock | undefined> {
    while (!signal?.aborted) {
      const client = await pool.connect();
      // A connection that breaks at rest tells it by an event, which without a listener ends the process.
      client.on('error', ignore);
      try {
        const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [lock]);
        if (rows[0]?.taken) return new RotationLock(client);
      } catch (error) {
        client.off('error', ignore);
        client.release(true);
        throw error;
      }
      client.off('error', ignore);
      client.release();
      if (!wait) return undefined;
      await delay(askAgainMilliseconds, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  async release(): Promise<void> {
    const failure = await this.client.query('SELECT pg_advisory_unlock($1)', [lock]).then(
      () => undefined,
      (error: Error) => error,
    );
    this.client.off('error', ignore);
    // A connection that could not give the lock back ends, and the lock with it.
    this.client.release(failure);
  }
}

function ignore(): void {
  // Its next query says that it is lost.
}
