import { Pool, PoolClient } from 'pg';

export interface TransactionOptions {
  /** Default: the database's, read committed. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/**
 * Runs the function in one transaction: committed when it resolves, rolled back when it rejects. When the commit itself
 * is lost with the connection, the transaction may have happened.
 */
export async function inTransaction<T>(
  pool: Pool,
  run: (client: PoolClient) => Promise<T>,
  { isolation }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks between two queries tells it by an event, which without a listener ends the process.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(isolation ? `BEGIN ISOLATION LEVEL ${isolation}` : 'BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => (broken ??= failure));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
