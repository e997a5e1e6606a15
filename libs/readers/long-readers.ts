import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';

/** One that reads for long: an export, a replay. */
export interface ReaderEntry {
  readonly kind: string;
  readonly organisation: string;
  /** Where the log ended when it began. */
  readonly position: bigint;
  /** When it was last heard of, by the injected clock. */
  readonly heardAt: Date;
}

export interface LongReadersOptions {
  /** Sessions of the role ardoise_read. */
  readonly pool: Pool;
  readonly clock: Clock;
  /** Position of an organisation's last event. */
  readonly head: (organisation: string) => Promise<bigint>;
  /** One that is not heard of for so long has died; default 60,000. */
  readonly silenceMilliseconds?: number;
}

/**
 * Who holds what it has opened for longer than a request takes. Each says so in the database before it opens anything,
 * and that it still lives with each piece that it gives; an erasure is complete only when all that had begun while its
 * keys could be used have ended, or are silent for so long that they are dead.
 */
export abstract class LongReaders {
  /** Passes pieces on, as a registered reader of the organisation until the last is taken or the taker goes. */
  abstract reading<T>(kind: string, organisation: string, pieces: () => AsyncIterable<T>): AsyncGenerator<T>;
  /** One piece of work as a registered reader. */
  abstract during<T>(kind: string, organisation: string, work: () => Promise<T>): Promise<T>;
  /** The number of the last reader that has begun, of any organisation. */
  abstract mark(): Promise<bigint>;
  /** Whether a reader of the organisation that had begun by the mark still lives. */
  abstract areReading(organisation: string, mark: bigint): Promise<boolean>;
  /** Those that live. */
  abstract list(): Promise<ReaderEntry[]>;
}

export class PostgresLongReaders extends LongReaders {
  private readonly silence: number;

  constructor(private readonly options: LongReadersOptions) {
    super();
    this.silence = options.silenceMilliseconds ?? 60_000;
  }

  async *reading<T>(kind: string, organisation: string, pieces: () => AsyncIterable<T>): AsyncGenerator<T> {
    const reader = await this.begin(kind, organisation);
    try {
      for await (const piece of pieces()) {
        // Whoever was silent for too long has been given up, and must not give what it holds any more.
        if (!(await this.heard(reader))) throw new ReaderGivenUpError('this reading was interrupted for too long');
        yield piece;
      }
    } finally {
      await this.end(reader);
    }
  }

  async during<T>(kind: string, organisation: string, work: () => Promise<T>): Promise<T> {
    const reader = await this.begin(kind, organisation);
    try {
      const result = await work();
      if (!(await this.heard(reader))) throw new ReaderGivenUpError('this reading took too long');
      return result;
    } finally {
      await this.end(reader);
    }
  }

  async mark(): Promise<bigint> {
    // A number that was drawn and is not committed yet is of one that has opened nothing yet.
    const { rows } = await this.options.pool.query<{ mark: string }>(
      `SELECT coalesce(max(reader), 0) AS mark FROM readers.readers`,
    );
    return BigInt(rows[0]?.mark ?? 0);
  }

  async areReading(organisation: string, mark: bigint): Promise<boolean> {
    await this.bury();
    const { rowCount } = await this.options.pool.query(
      'SELECT FROM readers.readers WHERE organisation = $1 AND reader <= $2 LIMIT 1',
      [organisation, mark],
    );
    return (rowCount ?? 0) > 0;
  }

  async list(): Promise<ReaderEntry[]> {
    await this.bury();
    const { rows } = await this.options.pool.query<{
      kind: string;
      organisation: string;
      position: string;
      heard_at: Date;
    }>('SELECT kind, organisation, position, heard_at FROM readers.readers ORDER BY reader');
    return rows.map(({ position, heard_at, ...row }) => ({ ...row, position: BigInt(position), heardAt: heard_at }));
  }

  private async begin(kind: string, organisation: string): Promise<string> {
    const position = await this.options.head(organisation);
    const { rows } = await this.options.pool.query<{ reader: string }>(
      'INSERT INTO readers.readers (kind, organisation, position, heard_at) VALUES ($1, $2, $3, $4) RETURNING reader',
      [kind, organisation, position, this.options.clock.now()],
    );
    return (rows[0] as { reader: string }).reader;
  }

  /** False when it has been given up. */
  private async heard(reader: string): Promise<boolean> {
    const { rowCount } = await this.options.pool.query('UPDATE readers.readers SET heard_at = $2 WHERE reader = $1', [
      reader,
      this.options.clock.now(),
    ]);
    return rowCount === 1;
  }

  private async end(reader: string): Promise<void> {
    // Where this fails, silence ends it.
    await this.options.pool.query('DELETE FROM readers.readers WHERE reader = $1', [reader]).catch(() => undefined);
  }

  /** The rows of the dead go first: one that was only slow finds that it was given up. */
  private async bury(): Promise<void> {
    const before = new Date(this.options.clock.now().getTime() - this.silence);
    await this.options.pool.query('DELETE FROM readers.readers WHERE heard_at < $1', [before]);
  }
}

/** Silent for so long that nobody waits for it any more: it may hold what has been erased since. */
export class ReaderGivenUpError extends Error {
  override readonly name = 'ReaderGivenUpError';
  readonly code = 'reader-given-up';
}
