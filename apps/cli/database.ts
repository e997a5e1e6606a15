import { readConfig, type Config } from '@ardoise/config';
import { findServer } from '../../src/platform/database';
import { createLog, type AppLog } from '../../src/platform/logging';

/** What a command works with that needs the database and none of what stands on it: no key is opened for it. */
export interface DatabaseContext {
  readonly config: Config;
  readonly log: AppLog;
  /** Of the database's owner. Holds the password: never shown. */
  readonly url: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs a command on the database, started for it where it does not run. */
export async function withDatabase<T>(name: string, run: (context: DatabaseContext) => Promise<T>): Promise<T> {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
  const log = createLog(config.logLevel, `ardoise ${name}`, process.stderr);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const server = await findServer(config, log);
  try {
    return await run({ config, log, url: server.url, signal: controller.signal });
  } finally {
    await server.stop();
  }
}
