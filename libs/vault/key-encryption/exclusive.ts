import type { Pool } from 'pg';
import { inTransaction } from '@ardoise/postgres';

/** Runs one of several at a time, over all processes that use the same keys. */
export type Exclusively = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** Any number, the same for all who make key-encryption keys. */
const lock = 4_151_702_219;

/** By a lock of the vault's database, which all processes that use its keys have in common; it ends with the connection. */
export function exclusivelyIn(pool: Pool): Exclusively {
  return (run) =>
    inTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [lock]);
      return run();
    });
}

/** Within one process. */
export function exclusivelyHere(): Exclusively {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
}
