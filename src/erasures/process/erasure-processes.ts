import { Injectable } from '@nestjs/common';
import { randomId } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import { DataSource } from 'typeorm';
import type { ErasureChange, ErasureRow, ErasureState } from './erasure-row';

/** Another worker carries this erasure now. */
export class ErasureTakenOverError extends Error {
  override readonly name = 'ErasureTakenOverError';
  readonly code = 'erasure-taken-over';
}

/** One that could be carried on now, as far as its row tells. */
export type Candidate = Pick<
  ErasureRow,
  'organisation' | 'erasure' | 'state' | 'fenced_position' | 'destroyed_at' | 'readers_mark'
>;

/** By the injected clock: so long an erasure stays with a worker that says nothing. */
export const leaseMilliseconds = 30_000;
const lookAtOnce = 1_000;
/** What a step that succeeds makes of troubles before it. */
const untroubled = { failures: 0, error_code: null, failed_at: null, next_try: null } as const;
const untroubledSets = 'failures = 0, error_code = NULL, failed_at = NULL, next_try = NULL';
const documents: ReadonlySet<string> = new Set(['persons', 'units', 'kept', 'keeping', 'receipt']);

/** The table of erasures under way: the process's memory, one row from the decision until the receipt was collected. */
@Injectable()
export class ErasureProcesses {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Remembers an erasure. False when it is remembered already. */
  async remember(
    of: Pick<ErasureRow, 'organisation' | 'erasure'> & { person: string; decidedAt: string; begunAgain: boolean },
  ): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `INSERT INTO erasures.processes (organisation, erasure, person, nonce, state, decided_at, begun_again)
       VALUES ($1, $2, $3, $4, 'decided', $5, $6) ON CONFLICT DO NOTHING RETURNING erasure`,
      [of.organisation, of.erasure, of.person, randomId(), of.decidedAt, of.begunAgain],
    );
    return rows.length > 0;
  }

  /** The log has lost what this row says is done: it is done again, and ends with the receipt that was made. */
  async reopen(organisation: string, erasure: string, person: string): Promise<void> {
    await this.database.query(
      `UPDATE erasures.processes
          SET state = 'kept-recorded', person = $3, units = coalesce(receipt->'units', '[]'),
              kept = coalesce(receipt->'kept', '[]'), completed_at = NULL, readers_mark = NULL
        WHERE organisation = $1 AND erasure = $2 AND state = 'completed'`,
      [organisation, erasure, person],
    );
  }

  async find(organisation: string, erasure: string): Promise<ErasureRow | undefined> {
    const rows: ErasureRow[] = await this.database.query(
      `SELECT * FROM erasures.processes WHERE organisation = $1 AND erasure = $2`,
      [organisation, erasure],
    );
    return rows[0];
  }

  /** Those under way that nobody carries and whose next try has come; those that wait for others last. */
  async due(): Promise<Candidate[]> {
    return this.database.query(
      `SELECT organisation, erasure, state, fenced_position, destroyed_at, readers_mark FROM erasures.processes
        WHERE state <> 'completed' AND (next_try IS NULL OR next_try <= $1)
          AND (leased_until IS NULL OR leased_until <= $1)
        ORDER BY state = 'destroyed', failures, decided_at LIMIT ${lookAtOnce}`,
      [this.clock.now()],
    );
  }

  /** Takes one; undefined when another worker has it, or has carried it on meanwhile. */
  async take({ organisation, erasure, state }: Candidate, owner: string): Promise<ErasureRow | undefined> {
    const now = this.clock.now();
    const [rows] = await this.database.query<[ErasureRow[], number]>(
      `UPDATE erasures.processes SET owner = $3, lease_fence = lease_fence + 1, leased_until = $4
        WHERE organisation = $1 AND erasure = $2 AND state = $6 AND (next_try IS NULL OR next_try <= $5)
          AND (leased_until IS NULL OR leased_until <= $5)
       RETURNING *`,
      [organisation, erasure, owner, new Date(now.getTime() + leaseMilliseconds), now, state],
    );
    return rows[0];
  }

  /** Prolongs the lease; false when another worker has it. */
  async renew(row: ErasureRow): Promise<boolean> {
    return this.change(row, 'leased_until = $4', [new Date(this.clock.now().getTime() + leaseMilliseconds)]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ErasureTakenOverError) return false;
        throw error;
      },
    );
  }

  async release(row: ErasureRow): Promise<void> {
    await this.database.query(
      `UPDATE erasures.processes SET leased_until = NULL, owner = NULL
        WHERE organisation = $1 AND erasure = $2 AND lease_fence = $3`,
      [row.organisation, row.erasure, row.lease_fence],
    );
  }

  /** A step is done: what it gave, and the state that it leads to, in one. @throws ErasureTakenOverError */
  async advance(row: ErasureRow, state: ErasureState, change: ErasureChange = {}): Promise<ErasureRow> {
    const columns = Object.keys(change) as (keyof ErasureChange)[];
    const values = columns.map((name) => (documents.has(name) ? JSON.stringify(change[name]) : change[name]));
    const sets = ['state = $4', ...columns.map((name, i) => `${name} = $${i + 5}`)];
    await this.change(row, `${sets.join(', ')}, ${untroubledSets}`, [state, ...values]);
    return { ...row, ...change, state, ...untroubled };
  }

  /** From here nothing of the row but the receipt leads to the keys; that goes when its time is over. */
  async complete(row: ErasureRow): Promise<ErasureRow> {
    const now = this.clock.now();
    await this.change(
      row,
      `state = 'completed', completed_at = $4, units = NULL, kept = NULL, keeping = NULL, persons = NULL, person = NULL,
       ${untroubledSets}`,
      [now],
    );
    const gone = { units: null, kept: null, keeping: null, persons: null, person: null };
    return { ...row, ...gone, state: 'completed', completed_at: now, ...untroubled };
  }

  /** Keeps what went wrong, and when to try again. @throws ErasureTakenOverError */
  async failed(row: ErasureRow, code: string, nextTry: Date): Promise<void> {
    await this.change(row, 'failures = failures + 1, error_code = $4, failed_at = $5, next_try = $6', [
      code,
      this.clock.now(),
      nextTry,
    ]);
  }

  /** Forgets what is over: from here nothing leads from the request to the keys. */
  async forgetCompletedBefore(instant: Date): Promise<void> {
    await this.database.query(`DELETE FROM erasures.processes WHERE state = 'completed' AND completed_at < $1`, [
      instant,
    ]);
  }

  /** Every erasure that is not completed, without anything that names somebody. */
  async underWay(): Promise<
    Pick<ErasureRow, 'organisation' | 'erasure' | 'state' | 'failures' | 'error_code' | 'failed_at' | 'next_try'>[]
  > {
    return this.database.query(
      `SELECT organisation, erasure, state, failures, error_code, failed_at, next_try FROM erasures.processes
        WHERE state <> 'completed' ORDER BY organisation, decided_at, erasure`,
    );
  }

  /**
   * Changes a row under its lease: what lost it can change nothing any more. The row is not read back: the units of
   * somebody of many years are a long list, and whoever holds the lease knows it.
   */
  private async change(row: ErasureRow, sets: string, values: readonly unknown[]): Promise<void> {
    const [, changed] = await this.database.query<[unknown, number]>(
      `UPDATE erasures.processes SET ${sets} WHERE organisation = $1 AND erasure = $2 AND lease_fence = $3`,
      [row.organisation, row.erasure, row.lease_fence, ...values],
    );
    if (changed === 1) return;
    throw new ErasureTakenOverError(`the erasure ${row.erasure} is carried by another worker`);
  }
}
