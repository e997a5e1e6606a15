import { Client, ClientConfig, Pool } from 'pg';

export interface SessionOptions {
  /** Every session runs under this role, which has less rights than the user who connects. */
  readonly role?: string;
  readonly applicationName: string;
}

export interface PoolOptions extends SessionOptions {
  /** Most connections; default 10. */
  readonly max?: number;
  /** Longest a statement may run, in milliseconds; default 60,000, 0 for no end. */
  readonly statementTimeout?: number;
}

/**
 * A pool of connections. 64-bit integers come back as strings (callers use BigInt). The loss of an idle connection is
 * no event: the next query takes another. A client sends each statement at once, also when the one before is not
 * answered yet (the driver's pipeline mode): statements that are asked for together cost a third of what they cost one
 * after the other. Streams and cursors of the driver need a client of their own.
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const { statementTimeout = 60_000 } = options;
  const pool = new Pool({
    ...configuration(url, options),
    max: options.max ?? 10,
    pipeline: true,
    statement_timeout: statementTimeout,
    // A server that is frozen ends no statement: then the driver gives up.
    ...(statementTimeout === 0 ? {} : { query_timeout: statementTimeout + 2_000 }),
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
  });
  // Without a listener the loss of an idle connection would end the process; a lost query rejects on its own.
  pool.on('error', () => undefined);
  return pool;
}

/** One connection of its own, as LISTEN needs; not yet connected. Its loss rejects what runs, and ends no process. */
export function createClient(url: string, options: SessionOptions): Client {
  const client = new Client({ ...configuration(url, options), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  return client;
}

function configuration(url: string, { role, applicationName }: SessionOptions): ClientConfig {
  if (role !== undefined && !/^[a-z_]+$/.test(role)) throw new Error(`not a role of ours: ${role}`);
  return {
    connectionString: url,
    application_name: applicationName,
    keepAlive: true,
    ...(role === undefined ? {} : { options: `-c role=${role}` }),
  };
}
