import type { Pool } from 'pg';
import type { Statements } from './database';

/** Runs what reads keys, on a database that was checked. */
export type Guard = <Result>(run: () => Promise<Result>) => Promise<Result>;

/**
 * Notices that the database was restarted or is another than before: a backup may have been put in its place. A new
 * connection is what makes it look, and nothing that was read over one is handed on before it has looked.
 */
export class Watch {
  private suspect = true;
  private identity: string | undefined;
  private changes = 0;
  private settling: Promise<void> | undefined;
  private check: () => Promise<void> = () => Promise.resolve();

  constructor(
    pool: Pool,
    private readonly statements: Statements,
    /** What is known of the database before is worth nothing. */
    private readonly forget: () => void,
  ) {
    pool.on('connect', () => (this.suspect = true));
  }

  onChange(check: () => Promise<void>): void {
    this.check = check;
  }

  /** What `run` gives, read from the database that was checked last; run again where it changed meanwhile. */
  async guard<Result>(run: () => Promise<Result>): Promise<Result> {
    for (;;) {
      await this.settle();
      const before = this.changes;
      const result = await run();
      await this.settle();
      if (before === this.changes) return result;
    }
  }

  private async settle(): Promise<void> {
    while (this.suspect || this.settling) {
      this.settling ??= this.look().finally(() => (this.settling = undefined));
      await this.settling;
    }
  }

  private async look(): Promise<void> {
    this.suspect = false;
    try {
      const [row] = await this.statements.query<{ identity: string }>(
        `SELECT concat_ws(' ', pg_postmaster_start_time(), (SELECT oid FROM pg_database WHERE datname = current_database()),
                          'vault.units'::regclass::oid, pg_relation_filenode('vault.units'),
                          pg_relation_filenode('vault.endings')) AS identity`,
      );
      const found = row?.identity;
      if (this.identity !== undefined && this.identity !== found) {
        this.forget();
        await this.check();
        this.changes++;
      }
      this.identity = found;
    } catch (error) {
      this.suspect = true;
      throw error;
    }
  }
}
