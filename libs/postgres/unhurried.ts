import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';

export type UnhurriedQuery = <Row extends QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<QueryResult<Row>>;

/** The most that a timer takes, in milliseconds: the driver knows no "never". */
const longest = 2 ** 31 - 1;

/** For the rest of a transaction: statements over as many rows as there are, which neither server nor driver ends. */
export async function unhurried(client: PoolClient): Promise<UnhurriedQuery> {
  await client.query('SET LOCAL statement_timeout = 0');
  return (text, values) => {
    const config: QueryConfig & { query_timeout: number } = { text, values: [...values], query_timeout: longest };
    return client.query(config);
  };
}
