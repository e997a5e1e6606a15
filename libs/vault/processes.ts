import { randomId } from '@ardoise/format';
import type { VaultDatabase } from './database';

const everyMilliseconds = 20_000;
/** Beyond its lease; a process that was not seen for so long holds no key that it did not load before. */
const graceMilliseconds = 60_000;

/** The processes that may hold opened keys, by the database's clock: the longest of their leases bounds an erasure. */
export class Processes {
  private readonly process = randomId();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly database: VaultDatabase,
    private readonly leaseMilliseconds: number,
  ) {
    this.timer = setInterval(() => void this.announce().catch(() => undefined), everyMilliseconds).unref();
  }

  async announce(): Promise<void> {
    await this.database.query(
      `INSERT INTO vault.processes (process, lease_milliseconds, seen_at) VALUES ($1, $2, now())
       ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at`,
      [this.process, this.leaseMilliseconds],
    );
    await this.database.query(
      `DELETE FROM vault.processes
        WHERE seen_at < now() - (lease_milliseconds + $1::integer) * interval '1 millisecond'`,
      [graceMilliseconds],
    );
  }

  /** The longest lease, in milliseconds, of any process that may hold keys. */
  async longestLease(): Promise<number> {
    const [row] = await this.database.query<{ longest: number | null }>(
      'SELECT max(lease_milliseconds) AS longest FROM vault.processes',
    );
    return Math.max(row?.longest ?? 0, this.leaseMilliseconds);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.database.query('DELETE FROM vault.processes WHERE process = $1', [this.process]).catch(() => undefined);
  }
}
