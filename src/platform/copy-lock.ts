import { LogCopyError } from '@ardoise/log-copy';
import { createClient } from '@ardoise/postgres';
import { setTimeout as delay } from 'node:timers/promises';
import type { QueryResult } from 'pg';

/** Any number, the same for all: two copies at once would each take the other's events for a difference. */
const copyLock = 4_151_702_235;
/** So long, in milliseconds, the database may take to show that it is still there. */
const patience = 10_000;

/** The word that nobody else moves the log. It falls with its session; then another copy may have begun. */
export class CopyLock {
  private readonly ending = new AbortController();
  private released = false;

  private constructor(private readonly client: ReturnType<typeof createClient>) {}

  /** @throws LogCopyError `copy-under-way` */
  static async take(url: string, name: string): Promise<CopyLock> {
    const client = createClient(url, { applicationName: `${name} lock` });
    const lock = new CopyLock(client);
    client.once('end', () => lock.end());
    await client.connect();
    const { rows } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [copyLock]);
    if (rows[0]?.alone === true) return lock;
    await lock.release();
    throw new LogCopyError('copy-under-way', 'another copy of this log is under way');
  }

  /** Aborted, with a LogCopyError, when the word has fallen. */
  get lost(): AbortSignal {
    return this.ending.signal;
  }

  /**
   * Asks by the session of the lock: what is answered was asked while nobody else moved the log.
   * @throws LogCopyError `copy-lock-lost`
   */
  async query(text: string, values: readonly unknown[] = []): Promise<QueryResult> {
    try {
      this.ending.signal.throwIfAborted();
      const late = delay(patience, undefined, { ref: false }).then(() => {
        throw lockLost();
      });
      return await Promise.race([this.client.query(text, [...values]), late]);
    } catch (error) {
      throw error instanceof LogCopyError ? error : lockLost(error);
    }
  }

  async release(): Promise<void> {
    this.released = true;
    await this.client.end().catch(() => undefined);
  }

  private end(): void {
    if (!this.released) this.ending.abort(lockLost());
  }
}

function lockLost(cause?: unknown): LogCopyError {
  return new LogCopyError(
    'copy-lock-lost',
    'the connection to the database was lost by which no other copy begins; run it again: it goes on where it was',
    { cause },
  );
}
