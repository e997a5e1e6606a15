import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pool, PoolClient } from 'pg';

export interface TransactionOptions {
  /** Default: the database's, read committed. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** A transaction whose first statements go out with its BEGIN, and its last ones with its COMMIT. */
export interface TransactionInRounds {
  readonly client: PoolClient;
  /**
   * Settles with the BEGIN, which is sent already: waited for together with statements that change nothing, and before
   * any that does.
   */
  readonly begun: Promise<unknown>;
  /**
   * Sends the COMMIT behind statements that were just sent, and waits for all of them; where one fails, nothing is
   * committed. What the server refuses it rolls back; what the driver cannot send at all is known before the COMMIT goes.
   */
  readonly commit: (behind: readonly Promise<unknown>[]) => Promise<void>;
}

/** The server has rolled back what it was to commit: a statement of the transaction had failed. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
  readonly code = 'transaction-not-committed';
}

/**
 * Runs the function in one transaction: committed when it resolves, rolled back when it rejects. When the commit itself
 * is lost with the connection, the transaction may have happened.
 */
export function inTransaction<T>(
  pool: Pool,
  run: (client: PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return inRounds(
    pool,
    async ({ client, begun }) => {
      await begun;
      return run(client);
    },
    options,
  );
}

/**
 * As `inTransaction`, for who has many small statements to send and waits for few answers (`together`). It commits
 * itself what `run` has not.
 */
export async function inRounds<T>(
  pool: Pool,
  run: (transaction: TransactionInRounds) => Promise<T>,
  { isolation }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks between two queries tells it by an event, which without a listener ends the process.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    const begun = client.query(isolation ? `BEGIN ISOLATION LEVEL ${isolation}` : 'BEGIN');
    let committed: Promise<void> | undefined;
    const commit = (behind: readonly Promise<unknown>[]) => (committed ??= commitBehind(client, behind));
    const [, result] = await together([begun, run({ client, begun, commit })]);
    await commit([]);
    return result;
  } catch (error) {
    if (isStatementLost(error)) broken ??= error;
    await client.query('ROLLBACK').catch((failure: Error) => (broken ??= failure));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Waits until all of them have ended, then gives what they came to or throws what the first of them failed with: behind
 * a statement that fails in a transaction the others fail too, and only then is the connection free.
 */
export async function together<T extends readonly unknown[]>(
  sent: readonly [...{ [Index in keyof T]: Promise<T[Index]> }],
): Promise<T> {
  const ended = await Promise.allSettled(sent as readonly Promise<unknown>[]);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  }) as unknown as T;
}

async function commitBehind(client: PoolClient, behind: readonly Promise<unknown>[]): Promise<void> {
  const refused: unknown[] = [];
  for (const one of behind) one.catch((error: unknown) => refused.push(error));
  if (behind.length > 0) await nextTurn();
  await together(refused.length > 0 ? behind : [...behind, commitOf(client)]);
}

/** The driver takes a statement for prepared that it never could send: this session never prepares it any more. */
function isStatementLost(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === '26000';
}

async function commitOf(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new NotCommittedError('a statement of the transaction had failed');
}
