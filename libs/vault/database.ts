import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { inTransaction, isUnavailable } from '@ardoise/postgres';
import { VaultError } from './vault';

/** Whatever runs a statement: the database itself, or a transaction on it. */
export interface Statements {
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The vault's database. A database that is away is one error for all who ask. */
export class VaultDatabase implements Statements {
  constructor(private readonly pool: Pool) {}

  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.guard(async () => (await this.pool.query<Row>(text, [...values])).rows);
  }

  /** Committed when the function resolves. Read committed: each statement sees what was committed before it began. */
  async transaction<Result>(run: (statements: Statements) => Promise<Result>): Promise<Result> {
    return this.guard(() => inTransaction(this.pool, (client) => run(statementsOf(client))));
  }

  private async guard<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (isUnavailable(error)) throw new VaultError('vault-unavailable', 'the vault cannot be reached');
      throw error;
    }
  }
}

function statementsOf(client: PoolClient): Statements {
  return {
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return (await client.query<Row>(text, [...values])).rows;
    },
  };
}

/** An id of ours from a `uuid` column, which writes it with hyphens. */
export function idOf(uuid: string): string {
  return uuid.replaceAll('-', '');
}
